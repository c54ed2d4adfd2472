#include "audit/witness_panel.h"

#include <algorithm>
#include <optional>
#include <thread>

namespace assent {
namespace {

// A witness that tells another size each time is not asked for ever.
constexpr int kAttemptsMax = 3;

const Error kNoAnswer{ErrorCode::kUnavailable, "the witness did not answer in time"};

// Of a reply that brought no cosignature.
Error error_of(const Result<WitnessReply>& reply) {
  if (!reply.ok()) return reply.error();
  return Error{ErrorCode::kInvalid, "the witness tells another size each time"};
}

}  // namespace

// One witness during one round.
struct WitnessPanel::Asking {
  Member* member;
  Known* known;  // Of the log in question.
  std::uint64_t old_size = 0;
  Result<WitnessReply> reply;
  std::unique_ptr<WitnessClient> client = nullptr;  // Of those that are asked.
  bool was_asked = false;
  bool open = true;  // It is still to be asked.
};

Result<std::unique_ptr<WitnessPanel>> WitnessPanel::open(LogPolicy policy,
                                                         WitnessPanelConfig config,
                                                         const Clock& steady) {
  std::unique_ptr<WitnessPanel> panel(
      new WitnessPanel(std::move(policy), std::move(config), steady));
  for (const PolicyWitness& witness : panel->policy_.witnesses()) {
    if (witness.url.empty()) continue;
    auto client = WitnessClient::open(witness, panel->config_.ca_file);
    if (!client.ok()) return client.error();
    Member member{witness};
    member.idle.push_back(std::move(*client));
    panel->members_.push_back(std::move(member));
  }
  return panel;
}

WitnessRound WitnessPanel::cosign(const std::string& signed_checkpoint, const ProofFrom& proof) {
  WitnessRound round{signed_checkpoint, false, {}};
  const auto head = parse_signed_checkpoint(signed_checkpoint);
  if (!head.ok()) return round;
  std::vector<Asking> asking = begin(head->checkpoint);
  const auto until = std::chrono::steady_clock::now() + config_.patience;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !ask_once(asking, *head, signed_checkpoint, proof, left)) break;
  }
  give_back(asking);
  for (const Asking& asked : asking) {
    settle(asked, head->checkpoint);
    if (asked.reply.ok() && !asked.reply->line.empty()) {
      round.note += asked.reply->line;
    } else {
      round.failed.push_back({asked.member->witness.name, error_of(asked.reply)});
    }
  }
  const auto cosigned = parse_signed_checkpoint(round.note);
  round.quorum = cosigned.ok() && policy_.check(*cosigned).quorum;
  return round;
}

std::vector<WitnessPanel::Asking> WitnessPanel::begin(const Checkpoint& head) {
  const std::lock_guard hold(mutex_);
  std::vector<Asking> asking;
  for (Member& member : members_) {
    Known& known = member.logs[head.origin];
    Asking one{&member, &known, std::min(known.size, head.size), known.refused.value_or(kNoAnswer)};
    one.open = member.pause.over(steady_.now()) && known.pause.over(steady_.now());
    if (one.open) one.client = take_client(member);
    asking.push_back(std::move(one));
  }
  return asking;
}

std::unique_ptr<WitnessClient> WitnessPanel::take_client(Member& member) {
  if (member.idle.empty()) {
    auto client = WitnessClient::open(member.witness, config_.ca_file);
    return client.ok() ? std::move(*client) : nullptr;  // It could be opened once.
  }
  auto client = std::move(member.idle.back());
  member.idle.pop_back();
  return client;
}

void WitnessPanel::give_back(std::vector<Asking>& asking) {
  const std::lock_guard hold(mutex_);
  for (Asking& one : asking) {
    if (one.client) one.member->idle.push_back(std::move(one.client));
  }
}

// Asks all that are open, at once. True when one of them is to be asked again from another size.
bool WitnessPanel::ask_once(std::vector<Asking>& asking, const SignedCheckpoint& head,
                            const std::string& note, const ProofFrom& proof,
                            std::chrono::milliseconds patience) {
  std::vector<std::thread> threads;
  for (Asking& one : asking) {
    if (!one.open || !one.client) continue;
    one.was_asked = true;
    auto path = one.old_size == 0 ? Result<HashPath>(HashPath{}) : proof(one.old_size);
    if (!path.ok()) {
      one.reply = path.error();
      one.open = false;
      continue;
    }
    threads.emplace_back([&one, &note, patience, path = std::move(*path)] {
      one.reply = one.client->ask(one.old_size, path, note, patience);
    });
  }
  for (std::thread& thread : threads) thread.join();
  bool again = false;
  for (Asking& one : asking) {
    if (!one.open) continue;
    const bool told = one.reply.ok() && one.reply->known_size.has_value();
    // Ahead of us it is only when our state is behind, which the signer notices by itself.
    one.open = told && *one.reply->known_size <= head.checkpoint.size;
    if (one.open) one.old_size = *one.reply->known_size;
    again = again || one.open;
    if (told && !one.open) {
      one.reply = Error{ErrorCode::kCorrupt, "the witness has seen a larger log than this one"};
    }
  }
  return again;
}

void WitnessPanel::settle(const Asking& asked, const Checkpoint& head) {
  if (!asked.was_asked) return;
  const std::lock_guard hold(mutex_);
  if (asked.reply.ok() && !asked.reply->line.empty()) {
    asked.member->pause.end();
    *asked.known = {head.size};
    return;
  }
  const Error error = error_of(asked.reply);
  if (error.code == ErrorCode::kUnavailable) {
    // Asked for many logs at once, it failed once.
    Pause& pause = asked.member->pause;
    if (pause.over(steady_.now())) pause.lengthen(steady_.now());
    return;
  }
  asked.known->pause.lengthen(steady_.now());
  asked.known->refused = error;
}

}  // namespace assent
