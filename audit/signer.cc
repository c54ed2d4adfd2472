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
    const Error lost = refused("the database has lost a log that was signed");
    round.refused.push_back({log, refuse(log, lost)});
  }
  return round;
}

Result<std::size_t> Signer::attend(const Head& head) {
  if (auto sound = check(head); !sound.ok()) return refuse(head.log, sound.error());
  const auto known = signed_.find(head.log);
  const bool grown = known == signed_.end() || known->second.checkpoint != head.checkpoint;
  if (!grown && known->second.published) return std::size_t{0};
  if (auto written = write_tiles(head); !written.ok()) return written.error();
  if (grown) {
    if (auto kept = keep(head, sign_checkpoint(head.checkpoint, key_)); !kept.ok()) {
      return kept.error();
    }
  }
  const auto note = witnessed(head.log, head.checkpoint);
  if (!note) return std::size_t{0};
  if (auto done = publish(head.log, signed_[head.log], *note); !done.ok()) return done.error();
  tiles_.at(head.log).remove_replaced();
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
Status Signer::write_tiles(const Head& head) {
  const auto known = signed_.find(head.log);
  const std::uint64_t signed_size = known == signed_.end() ? 0 : known->second.checkpoint.size;
  auto& tiles = tiles_.try_emplace(head.log, head.log, published_log(config_.published, head.log))
                    .first->second;
  return tiles.publish(db_, head.checkpoint, signed_size);
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

std::optional<std::string> Signer::witnessed(TenantId log, const Checkpoint& checkpoint) {
  std::string note = sign_checkpoint(checkpoint, key_);
  if (!config_.cosign) return note;
  return config_.cosign(
      log, note, [&](std::uint64_t old_size) { return proof(log, old_size, checkpoint.size); });
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
