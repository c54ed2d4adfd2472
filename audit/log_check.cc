#include "audit/log_check.h"

#include <algorithm>
#include <map>
#include <optional>

#include "audit/log_retention.h"
#include "audit/origin.h"
#include "audit/signer_state.h"

namespace assent {
namespace {

constexpr std::uint64_t kLeavesAtOnce = 4'096;

// An event's id begins with its time in milliseconds (UUID version 7), and is indexed.
constexpr StaticText kNewestEvents = R"sql(
  SELECT l.event_id FROM audit_head h
   CROSS JOIN LATERAL (SELECT event_id FROM audit_leaf a WHERE a.tenant = h.tenant
                        ORDER BY event_id DESC LIMIT 1) l
  UNION ALL
  (SELECT event_id FROM audit_outbox ORDER BY event_id DESC LIMIT 1)
)sql";

Error corrupt(StaticText reason) {
  return Error{ErrorCode::kCorrupt, reason};
}

// The checks of one log; each returns the first problem it finds.
class OneLog {
 public:
  OneLog(Tx& tx, TenantId log, std::string origin)
      : tx_(tx), store_(tx, log), log_(log), head_(store_.head()) {
    origin_ = head_.origin.value_or(std::move(origin));
  }

  std::optional<LogProblem> run(const LogCheck& check, const std::optional<Published>& published) {
    if (auto found = check_head()) return found;
    if (auto found = check_half_done(published)) return found;
    if (auto found = check_checkpoint(published ? &published->keys : nullptr)) return found;
    if (published && published->checkpoint) {
      if (auto found = check_published(*published->checkpoint)) return found;
    }
    if (published && published->last_signed && !holds(*published->last_signed)) return behind();
    return check_newest(check.newest_leaves);
  }

  std::optional<LogProblem> run_alone(const LogKeys& keys) {
    if (auto found = check_head()) return found;
    if (auto found = check_checkpoint(&keys)) return found;
    return check_newest(LogCheck::kNewestLeaves);
  }

 private:
  LogProblem problem(Error error, std::optional<std::uint64_t> entry = std::nullopt) const {
    return {log_, error, entry};
  }

  bool folds_to(std::uint64_t size, const Hash32& root) {
    if (size > head_.size) return false;
    auto edge = right_edge(store_, size);
    return edge.ok() && edge->root() == root;
  }

  std::optional<LogProblem> check_head() {
    if (folds_to(head_.size, head_.root)) return std::nullopt;
    return problem(corrupt(
        "the tiles do not fold to the head of the log: run assent audit export, keep the bundle "
        "and the data directory, and call the auditor"));
  }

  std::optional<LogProblem> check_half_done(const std::optional<Published>& published) {
    if (head_.recovering_from) {
      return problem(corrupt(
          "a recovery of the log was begun and not finished: 'assent audit recover' goes on with "
          "it"));
    }
    const bool signed_once = published && published->checkpoint;
    if (!signed_once || !is_earlier_origin(published->checkpoint->origin, origin_)) {
      return std::nullopt;
    }
    return problem(corrupt(
        "the log was forked: its signer's operator runs 'assent-signer accept-fork' and starts the "
        "signer"));
  }

  std::optional<LogProblem> check_checkpoint(const LogKeys* keys) {
    const auto note = store_.newest_checkpoint();
    if (!note) return std::nullopt;
    if (keys == nullptr) {
      return problem(corrupt(
          "the log has checkpoints, but nothing of it is published: bring the published directory "
          "back, or start assent-signer, which writes it again"));
    }
    const auto newest = own_checkpoint(*note, *keys);
    if (!newest.ok() ||
        (newest->origin != origin_ && !is_earlier_origin(newest->origin, origin_))) {
      return problem(corrupt(
          "the newest checkpoint is not signed by the log key: bring the right published directory "
          "back, or keep the data directory and call the auditor"));
    }
    signed_ = {newest->size, newest->root};
    if (folds_to(newest->size, newest->root)) return std::nullopt;
    return problem(corrupt(
        "the log is not the one that its newest checkpoint signed: run assent audit export, keep "
        "the bundle and the data directory, and call the auditor"));
  }

  bool holds(const Checkpoint& last) {
    return last.origin == origin_ && folds_to(last.size, last.root);
  }

  LogProblem behind() const {
    return problem(corrupt(
        "the log does not hold what the signer published last: was the database restored to an "
        "older state? Bring the newer one back, or run 'assent audit recover'; else keep the data "
        "directory and call the auditor"));
  }

  std::optional<LogProblem> check_published(const Checkpoint& last) {
    return holds(last) ? check_none_is_missing(last.size) : behind();
  }

  // A checkpoint is published after the database has it.
  std::optional<LogProblem> check_none_is_missing(std::uint64_t published_size) {
    if (signed_.size >= published_size) return std::nullopt;
    return problem(corrupt(
        "the database lacks checkpoints that were signed and published: call the auditor; bring "
        "them back, or take the published copy away and the signer makes its last one again"));
  }

  // Nothing may be missing before the minimum index but what a signed entry says is pruned.
  std::optional<LogProblem> check_left_edge() {
    const auto retention = read_retention(tx_, log_, signed_);
    if (!retention.ok()) return problem(retention.error());
    minimum_ = retention->minimum();
    const std::uint64_t first_entry = store_.first_kept().value_or(head_.size);
    const std::uint64_t first_tile = store_.first_kept_tile().value_or(head_.size / kTileWidth);
    if (first_entry <= minimum_ && first_tile * kTileWidth <= minimum_) return std::nullopt;
    return problem(corrupt("entries are gone from the beginning of the log, and no signed entry "
                           "says that they were pruned: keep the data directory and call the "
                           "auditor"),
                   minimum_);
  }

  std::optional<LogProblem> check_newest(std::uint64_t leaves) {
    if (auto found = check_left_edge()) return found;
    return check_leaves(std::max(minimum_, head_.size - std::min(head_.size, leaves)));
  }

  std::optional<LogProblem> check_leaves(std::uint64_t first) {
    while (first < head_.size) {
      const std::uint64_t end = std::min(head_.size, (first / kLeavesAtOnce + 1) * kLeavesAtOnce);
      if (auto found = check_group(first, end)) return found;
      first = end;
    }
    if (store_.entries(head_.size, head_.size + kLeavesAtOnce).empty()) return std::nullopt;
    return problem(corrupt("the log has entries beyond its head: keep the data directory and call "
                           "the auditor"),
                   head_.size);
  }

  std::optional<LogProblem> check_group(std::uint64_t first, std::uint64_t end) {
    const std::vector<StoredEntry> entries = store_.entries(first, end);
    std::uint64_t index = first;
    for (; index < end; ++index) {
      const auto at = index - first;
      if (at >= entries.size() || entries[at].index != index ||
          logged_hash(index) != leaf_hash(entries[at].leaf)) {
        return problem(altered(), index);
      }
    }
    if (entries.size() == end - first) return std::nullopt;
    return problem(altered(), end - 1);
  }

  static Error altered() {
    return corrupt(
        "an entry of the log was changed, removed or added: run assent audit export, keep the "
        "bundle and the data directory, and call the auditor");
  }

  std::optional<Hash32> logged_hash(std::uint64_t index) {
    if (!tile_ || index / kTileWidth != tile_index_) {
      tile_index_ = index / kTileWidth;
      auto read = store_.tile({0, tile_index_, tile_width(0, tile_index_, head_.size)});
      tile_ = read.ok() ? std::move(*read) : std::vector<Hash32>{};
    }
    const std::size_t at = index % kTileWidth;
    return at < tile_->size() ? std::optional<Hash32>((*tile_)[at]) : std::nullopt;
  }

  Tx& tx_;
  LogStore store_;
  TenantId log_;
  LogHead head_;
  std::string origin_;
  LogHead signed_;             // By the newest checkpoint in the database.
  std::uint64_t minimum_ = 0;  // What the signed entries say is pruned ends here.
  std::uint64_t tile_index_ = 0;
  std::optional<std::vector<Hash32>> tile_;
};

// Every log that the database knows, and those that were published.
Result<std::map<TenantId, std::string>> all_logs(Database& db, const LogCheck& check) {
  return in_tx(db, TenantId{}, [&](Tx& tx) -> Result<std::map<TenantId, std::string>> {
    std::map<TenantId, std::string> logs{{TenantId{}, check.installation_origin}};
    const Rows rows = tx.query("SELECT tenant, log_origin FROM tenant");
    for (const auto& row : rows) logs.emplace(row.id<TenantId>(0), row.text(1));
    return logs;
  });
}

// What was published of a log that the database no longer knows is a problem, too.
Status add_published(const LogCheck& check, std::map<TenantId, std::string>& logs) {
  for (const TenantId log : published_logs(check.published)) {
    if (logs.contains(log)) continue;
    auto published = read_published(check.published, log);
    if (!published.ok()) return published.error();
    if (*published && (*published)->checkpoint) {
      logs.emplace(log, (*published)->checkpoint->origin);
    }
  }
  return Unit{};
}

// One try: what is published is read before the snapshot, so it is never newer.
Result<std::optional<LogProblem>> check_log(Database& db, const LogCheck& check, TenantId log,
                                            const std::string& origin) {
  auto published = read_published(check.published, log);
  if (!published.ok() && published.error().code == ErrorCode::kUnavailable) {
    return published.error();
  }
  if (!published.ok()) return std::optional(LogProblem{log, published.error()});
  return in_tx(db, TenantId{}, [&](Tx& tx) -> Result<std::optional<LogProblem>> {
    // One snapshot: a sequencer may be running.
    tx.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    return OneLog(tx, log, origin).run(check, *published);
  });
}

}  // namespace

Result<std::vector<LogProblem>> check_logs(Database& sequencer_role, const LogCheck& check) {
  auto logs = all_logs(sequencer_role, check);
  if (!logs.ok()) return logs.error();
  if (auto added = add_published(check, *logs); !added.ok()) return added.error();
  std::vector<LogProblem> problems;
  for (const auto& [log, origin] : *logs) {
    auto found = check_log(sequencer_role, check, log, origin);
    // The signer may have published between the two looks: what stays wrong is wrong.
    if (found.ok() && *found) found = check_log(sequencer_role, check, log, origin);
    if (!found.ok()) return found.error();
    if (*found) problems.push_back(**found);
  }
  return problems;
}

std::optional<LogProblem> check_database_log(Tx& tx, TenantId log, const std::string& origin,
                                             const LogKeys& keys) {
  return OneLog(tx, log, origin).run_alone(keys);
}

Result<Timestamp> newest_act(Database& sequencer_role) {
  return in_tx(sequencer_role, TenantId{}, [](Tx& tx) -> Result<Timestamp> {
    Timestamp newest;
    const Rows rows = tx.query(kNewestEvents);
    for (const auto& row : rows) {
      const Uuid id = row.uuid(0);
      const std::uint64_t ms = get_u64(id.bytes.data()) >> 16;
      newest = std::max(newest, Timestamp{(static_cast<std::int64_t>(ms) + 1) * 1'000});
    }
    return newest;
  });
}

}  // namespace assent
