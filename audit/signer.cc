#include "audit/signer.h"

#include <optional>
#include <set>

#include "audit/log_store.h"
#include "audit/origin.h"
#include "core/secret_file.h"

namespace assent {
namespace {

Error refused(StaticText reason) {
  return Error{ErrorCode::kCorrupt, reason};
}

}  // namespace

struct Signer::Head {
  TenantId log;
  Checkpoint checkpoint;
  std::optional<std::uint64_t> newest_published;  // Of this origin: the newest in the database.
};

Result<SigningKey> read_log_key(const std::filesystem::path& file) {
  auto seed = read_secret_file(file);
  if (!seed.ok()) return seed.error();
  return signing_key_from_seed(seed->bytes());
}

Signer::Signer(Database& db, const SigningKey& key, SignerConfig config, DirectoryLock lock)
    : db_(db), key_(key), config_(std::move(config)), lock_(std::move(lock)) {}

Result<std::unique_ptr<Signer>> Signer::open(Database& signer_role, const SigningKey& key,
                                             SignerConfig config) {
  if (auto made = make_directories(config.state, 0700); !made.ok()) return made.error();
  if (auto made = make_directories(config.published, 0755); !made.ok()) return made.error();
  auto lock = DirectoryLock::take(config.state);
  if (!lock.ok()) return lock.error();
  auto states = read_signer_states(config.state);
  if (!states.ok()) return states.error();
  std::unique_ptr<Signer> signer(new Signer(signer_role, key, std::move(config), std::move(*lock)));
  for (auto& [log, state] : *states) {
    if (state.keys.back().public_key != key.public_key) {
      return refused("the key file is not the key that signs the log");
    }
    signer->signed_[log] = {std::move(state.checkpoint), std::move(state.keys), false};
  }
  return signer;
}

Result<std::vector<Signer::Head>> Signer::heads() {
  return in_tx(db_, TenantId{}, [&](Tx& tx) -> Result<std::vector<Head>> {
    const Rows rows = tx.query(
        "SELECT h.tenant, h.size, h.root, n.origin, "
        "(SELECT max(size) FROM audit_checkpoint AS c WHERE c.tenant = h.tenant "
        "AND starts_with(c.note, n.origin || chr(10))) "
        "FROM audit_head AS h LEFT JOIN log_origins() AS o ON o.log = h.tenant "
        "CROSS JOIN LATERAL (SELECT coalesce(h.origin, o.origin, $1)) AS n(origin)",
        {config_.installation_origin});
    std::vector<Head> heads;
    for (const auto& row : rows) {
      Head head{row.id<TenantId>(0), {}, {}};
      head.checkpoint.origin = row.text(3);
      head.checkpoint.size = static_cast<std::uint64_t>(row.integer(1));
      head.checkpoint.root = row.hash(2);
      if (!row.is_null(4)) head.newest_published = static_cast<std::uint64_t>(row.integer(4));
      heads.push_back(std::move(head));
    }
    return heads;
  });
}

Signer::~Signer() {
  if (config_.cosigner != nullptr) config_.cosigner->drain();
}

Result<LogRound> Signer::run_once() {
  auto all = heads();
  if (!all.ok()) return all.error();
  LogRound round;
  std::set<TenantId> met;
  std::vector<TenantId> asked;
  for (const Head& head : *all) {
    met.insert(head.log);
    const auto step = attend(head);
    if (step.ok() && *step == Step::kAsked) {
      asked.push_back(head.log);
    } else {
      note(round, head.log, step);
    }
  }
  for (const auto& [log, state] : signed_) {
    if (met.contains(log)) continue;
    const Error lost = refused("the database has lost a log that was signed");
    round.refused.push_back({log, refuse(log, lost)});
  }
  if (!asked.empty()) config_.cosigner->wait(kWitnessGrace);
  for (const TenantId log : asked) note(round, log, leave(log));
  return round;
}

void Signer::note(LogRound& round, TenantId log, const Result<Step>& step) {
  if (!step.ok()) return round.refused.push_back({log, step.error()});
  if (*step == Step::kPublished) ++round.done;
  if (*step == Step::kMore || *step == Step::kAsked) round.more = true;
}

Result<Signer::Step> Signer::attend(const Head& newest) {
  if (auto sound = check(newest); !sound.ok()) return refuse(newest.log, sound.error());
  if (const auto known = signed_.find(newest.log);
      known != signed_.end() && known->second.is_asked) {
    return leave(newest.log);
  }
  return sign(target_of(newest));
}

// A tree whose files were begun is signed before a newer one, so that a log that grows faster than
// files are written is signed all the same.
Signer::Head Signer::target_of(const Head& newest) {
  const auto begun = begun_.find(newest.log);
  if (begun == begun_.end() || begun->second == newest.checkpoint) return newest;
  if (begun->second.size < newest.checkpoint.size && check_extends(newest, begun->second).ok()) {
    return {newest.log, begun->second, newest.newest_published};
  }
  begun_.erase(begun);  // Never signed, so it may have gone.
  return newest;
}

Result<Signer::Step> Signer::sign(const Head& head) {
  const auto known = signed_.find(head.log);
  const bool grown = known == signed_.end() || known->second.checkpoint != head.checkpoint;
  if (!grown && known->second.published) return follow(head.log, Step::kNothing);
  const auto written = write_tiles(head);
  if (!written.ok()) return written.error();
  if (!*written) {
    begun_[head.log] = head.checkpoint;
    return Step::kMore;
  }
  begun_.erase(head.log);
  if (grown) {
    if (auto kept = keep(head, sign_checkpoint(head.checkpoint, key_)); !kept.ok()) {
      return kept.error();
    }
  }
  return leave(head.log);
}

// To the witnesses, and with their word into the world.
Result<Signer::Step> Signer::leave(TenantId log) {
  Signed& state = signed_.at(log);
  const Cosigning witnesses = witnessed(log, state.checkpoint);
  state.is_asked = witnesses.state == Cosigning::State::kAsked;
  if (state.is_asked) return Step::kAsked;
  if (witnesses.state == Cosigning::State::kTooFew) return Step::kNothing;
  if (auto done = publish(log, state, witnesses.note); !done.ok()) return done.error();
  tiles_.at(log).remove_replaced();
  return follow(log, Step::kPublished);
}

// What the published tree tells of retention is done. Answers `step`.
Result<Signer::Step> Signer::follow(TenantId log, Step step) {
  auto followed = retention_.at(log).follow(db_, signed_.at(log).checkpoint);
  if (!followed.ok()) return followed.error();
  return step;
}

Status Signer::check(const Head& head) {
  const auto state = signed_.find(head.log);
  if (state == signed_.end()) {
    if (head.newest_published) {
      return refused("the log has checkpoints, but the signer's state of it is missing");
    }
    return check_extends(head, {head.checkpoint.origin, 0, empty_root()});
  }
  const Checkpoint& before = state->second.checkpoint;
  if (is_earlier_origin(before.origin, head.checkpoint.origin)) {
    return refused(
        "the log has a new origin: was it forked openly? Then 'assent-signer accept-fork'");
  }
  if (head.checkpoint.origin != before.origin) return refused("the log has another origin");
  if (head.checkpoint.size < before.size) {
    return refused("the database is behind what was signed: was it restored?");
  }
  if (head.newest_published.value_or(0) > before.size) {
    return refused("the signer's state is behind a published checkpoint: was it restored?");
  }
  if (head.checkpoint == before) return Unit{};
  if (head.checkpoint.size == before.size) return refused("the log was rewritten under its size");
  return check_extends(head, before);
}

Status Signer::check_extends(const Head& head, const Checkpoint& before) {
  return in_tx(db_, TenantId{}, [&](Tx& tx) -> Status {
    LogStore store(tx, head.log);
    if (before.size == 0) {
      auto edge = right_edge(store, head.checkpoint.size);
      if (edge.ok() && edge->root() == head.checkpoint.root) return Unit{};
      return refused("the tiles of the log do not fold to its head");
    }
    auto path = consistency_path(store, before.size, head.checkpoint.size);
    if (path.ok() && verify_consistency(before.size, head.checkpoint.size, before.root,
                                        head.checkpoint.root, *path)) {
      return Unit{};
    }
    return refused("the log does not extend what was signed");
  });
}

// The files are on disk before there is a checkpoint that needs them.
Result<bool> Signer::write_tiles(const Head& head) {
  const auto known = signed_.find(head.log);
  const Checkpoint before = known == signed_.end() ? Checkpoint{} : known->second.checkpoint;
  const auto directory = published_log(config_.published, head.log);
  auto& tiles =
      tiles_.try_emplace(head.log, head.log, directory, config_.leaves_a_round).first->second;
  auto& retention = retention_.try_emplace(head.log, head.log, directory).first->second;
  const auto minimum = retention.minimum(db_, before);
  if (!minimum.ok()) return minimum.error();
  return tiles.publish(db_, head.checkpoint, before.size, *minimum);
}

// The state is on disk before the checkpoint leaves.
Status Signer::keep(const Head& head, const std::string& note) {
  LogKeys keys{{0, key_.public_key}};
  if (const auto known = signed_.find(head.log); known != signed_.end()) {
    keys = known->second.keys;
  } else if (auto listed = write_signer_keys(config_.state, head.log, head.checkpoint.origin, keys);
             !listed.ok()) {
    return listed;
  }
  if (auto kept = write_signer_state(config_.state, head.log, note); !kept.ok()) return kept;
  signed_[head.log] = {head.checkpoint, std::move(keys), false};
  return Unit{};
}

Result<HashPath> Signer::proof(TenantId log, std::uint64_t old_size, std::uint64_t size) {
  return in_tx(db_, TenantId{}, [&](Tx& tx) -> Result<HashPath> {
    LogStore store(tx, log);
    return consistency_path(store, old_size, size);
  });
}

Cosigning Signer::witnessed(TenantId log, const Checkpoint& checkpoint) {
  std::string note = sign_checkpoint(checkpoint, key_);
  if (config_.cosigner == nullptr) return {Cosigning::State::kEnough, std::move(note)};
  return config_.cosigner->cosign(log, note,
                                  [this, log, size = checkpoint.size](std::uint64_t old_size) {
                                    return proof(log, old_size, size);
                                  });
}

// The keys first, so that whoever finds a checkpoint can check it; the checkpoint last, so that the
// database has what was published.
Status Signer::publish(TenantId log, Signed& state, const std::string& note) {
  auto listed = publish_keys(config_.published, log, state.checkpoint.origin, state.keys);
  if (!listed.ok()) return listed;
  auto stored = in_tx(db_, TenantId{}, [&](Tx& tx) -> Status {
    tx.exec(
        "INSERT INTO audit_checkpoint (tenant, size, note, signed_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (tenant, size) DO NOTHING",
        {log, static_cast<std::int64_t>(state.checkpoint.size), note, tx.now()});
    return Unit{};
  });
  if (!stored.ok()) return stored;
  auto written = publish_checkpoint(config_.published, log, note);
  state.published = written.ok();
  return written.ok() ? tell_nothing(config_.published, log) : written;
}

// Who recovers the log must know what was signed, published or not: a disk that cannot take it is
// told in its place.
Error Signer::refuse(TenantId log, Error error) {
  const auto known = signed_.find(log);
  if (error.code != ErrorCode::kCorrupt || known == signed_.end()) return error;
  const Signed& state = known->second;
  auto told = publish_keys(config_.published, log, state.checkpoint.origin, state.keys);
  if (told.ok()) {
    told = tell_last_signed(config_.published, log, sign_checkpoint(state.checkpoint, key_));
  }
  return told.ok() ? error : told.error();
}

}  // namespace assent
