#include "audit/signer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <optional>
#include <set>

#include "audit/log_store.h"
#include "core/keyring.h"
#include "signer_state.h"

namespace assent {
namespace {

Error refused(StaticText reason) {
  return Error{ErrorCode::kCorrupt, reason};
}

Status make_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return Error{ErrorCode::kUnavailable, "a directory of the signer cannot be made"};
  return Unit{};
}

// The descriptor that holds the lock until it is closed.
Result<int> lock_directory(const std::filesystem::path& directory) {
  const int fd = ::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Error{ErrorCode::kUnavailable, "the signer's state cannot be written"};
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return Error{ErrorCode::kBusy, "another signer runs on this state"};
}

}  // namespace

struct Signer::Head {
  TenantId log;
  Checkpoint checkpoint;
  std::optional<std::uint64_t> newest_published;  // Size of the newest checkpoint in the database.
};

Status create_log_key(const std::filesystem::path& file, Random& random) {
  Hash32 seed{};
  random.fill(seed);
  const SecretKey secret(seed);
  wipe(seed.data(), seed.size());
  return write_secret_file(file, secret);
}

Result<SigningKey> read_log_key(const std::filesystem::path& file) {
  auto seed = read_secret_file(file);
  if (!seed.ok()) return seed.error();
  return signing_key_from_seed(seed->bytes());
}

std::string log_policy_text(const std::string& origin, const Hash32& public_key,
                            std::span<const VerifierKey> others) {
  std::string text = "log " + format_vkey(verifier_key(origin, kEd25519Type, public_key)) + "\n";
  for (const VerifierKey& key : others) text += "log " + format_vkey(key) + "\n";
  return text + "quorum none\n";
}

Result<std::unique_ptr<Signer>> Signer::open(Database& sequencer_role, const SigningKey& key,
                                             SignerConfig config) {
  for (const auto& directory : {config.state, config.published}) {
    if (auto made = make_directory(directory); !made.ok()) return made.error();
  }
  auto lock = lock_directory(config.state);
  if (!lock.ok()) return lock.error();
  std::unique_ptr<Signer> signer(new Signer(sequencer_role, key, std::move(config), *lock));
  auto states = read_signer_states(signer->config_.state, key.public_key);
  if (!states.ok()) return states.error();
  for (auto& [log, checkpoint] : *states) signer->signed_[log] = {std::move(checkpoint), false};
  return signer;
}

Signer::~Signer() {
  ::close(lock_);
}

Result<std::vector<Signer::Head>> Signer::heads() {
  return in_tx(db_, TenantId{}, [&](Tx& tx) -> Result<std::vector<Head>> {
    const Rows rows = tx.query(
        "SELECT h.tenant, h.size, h.root, t.log_origin, "
        "(SELECT max(size) FROM audit_checkpoint AS c WHERE c.tenant = h.tenant) "
        "FROM audit_head AS h LEFT JOIN tenant AS t ON t.tenant = h.tenant");
    std::vector<Head> heads;
    for (const auto& row : rows) {
      Head head{row.id<TenantId>(0), {}, {}};
      head.checkpoint.origin = row.is_null(3) ? config_.installation_origin : row.text(3);
      head.checkpoint.size = static_cast<std::uint64_t>(row.integer(1));
      head.checkpoint.root = row.hash(2);
      if (!row.is_null(4)) head.newest_published = static_cast<std::uint64_t>(row.integer(4));
      heads.push_back(std::move(head));
    }
    return heads;
  });
}

Result<LogRound> Signer::run_once() {
  auto all = heads();
  if (!all.ok()) return all.error();
  LogRound round;
  std::set<TenantId> met;
  for (const Head& head : *all) {
    met.insert(head.log);
    auto done = attend(head);
    if (done.ok()) {
      round.done += *done;
    } else {
      round.refused.push_back({head.log, done.error()});
    }
  }
  for (const auto& [log, state] : signed_) {
    if (met.contains(log)) continue;
    round.refused.push_back({log, refused("the database has lost a log that was signed")});
  }
  return round;
}

Result<std::size_t> Signer::attend(const Head& head) {
  if (auto sound = check(head); !sound.ok()) return sound.error();
  const auto known = signed_.find(head.log);
  if (known == signed_.end() || known->second.checkpoint != head.checkpoint) {
    const std::string note = sign_checkpoint(head.checkpoint, key_);
    if (auto kept = write_signer_state(config_.state, head.log, note); !kept.ok()) {
      return kept.error();
    }
    signed_[head.log] = {head.checkpoint, false};
  } else if (known->second.published) {
    return std::size_t{0};
  }
  if (auto done = publish(head.log, signed_[head.log]); !done.ok()) return done.error();
  return std::size_t{1};
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

Status Signer::publish(TenantId log, Signed& state) {
  const std::string note = sign_checkpoint(state.checkpoint, key_);
  auto stored = in_tx(db_, TenantId{}, [&](Tx& tx) -> Status {
    tx.exec(
        "INSERT INTO audit_checkpoint (tenant, size, note, signed_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (tenant, size) DO NOTHING",
        {log, static_cast<std::int64_t>(state.checkpoint.size), note, tx.now()});
    return Unit{};
  });
  if (!stored.ok()) return stored;
  auto written = write_published(config_.published, log, note);
  state.published = written.ok();
  return written;
}

}  // namespace assent
