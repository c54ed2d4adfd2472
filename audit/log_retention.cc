#include "audit/log_retention.h"

#include "audit/leaf.h"

namespace assent {
namespace {

// audit_retention only says where to look; the entries themselves tell.
constexpr StaticText kEntries = R"sql(
  SELECT a.idx, a.leaf FROM audit_retention r
    JOIN audit_leaf a ON a.tenant = r.tenant AND a.event_id = r.leaf_id
   WHERE r.tenant = $1 AND a.idx < $2 ORDER BY a.idx
)sql";

constexpr StaticText kEnd = R"sql(
  SELECT coalesce(max(a.idx) + 1, 0) FROM audit_retention r
    JOIN audit_leaf a ON a.tenant = r.tenant AND a.event_id = r.leaf_id
   WHERE r.tenant = $1 AND a.idx < $2
)sql";

struct Told {
  LogRetention retention;
  std::vector<StoredEntry> entries;  // Of the announcements, and of the newest prune at the end.
};

Told read_entries(Tx& tx, TenantId log, std::uint64_t size) {
  Told told;
  std::optional<StoredEntry> prune;
  const Rows rows = tx.query(kEntries, {log, static_cast<std::int64_t>(size)});
  for (const auto& row : rows) {
    StoredEntry entry{static_cast<std::uint64_t>(row.integer(0)), row.bytes(1)};
    const auto leaf = decode(entry.leaf);
    if (!leaf.ok()) continue;
    if (auto terms = announced_terms(entry.index, *leaf)) {
      told.retention.announced.push_back(*terms);
      told.entries.push_back(std::move(entry));
    } else if (auto pruned = declared_prune(entry.index, *leaf)) {
      told.retention.pruned = *pruned;
      prune = std::move(entry);
    }
  }
  if (prune) told.entries.push_back(std::move(*prune));
  return told;
}

bool is_of(LogStore& store, const StoredEntry& entry, const LogHead& tree) {
  const auto path = inclusion_path(store, entry.index, tree.size);
  return path.ok() &&
         verify_inclusion(entry.index, tree.size, leaf_hash(entry.leaf), *path, tree.root);
}

}  // namespace

Result<LogRetention> read_retention(Tx& tx, TenantId log, const LogHead& tree) {
  Told told = read_entries(tx, log, tree.size);
  LogStore store(tx, log);
  for (const StoredEntry& entry : told.entries) {
    if (is_of(store, entry, tree)) continue;
    return Error{ErrorCode::kCorrupt, "an entry about the log's retention is not of the log"};
  }
  if (const auto& pruned = told.retention.pruned) {
    if (const auto breach = breach_of(*pruned, told.retention.announced)) {
      return Error{ErrorCode::kCorrupt, *breach};
    }
  }
  return std::move(told.retention);
}

std::uint64_t end_of_retention(Tx& tx, TenantId log, std::uint64_t size) {
  const Rows rows = tx.query(kEnd, {log, static_cast<std::int64_t>(size)});
  return static_cast<std::uint64_t>(rows[0].integer(0));
}

bool may_be_pruned(Tx& tx, TenantId log, EventId event) {
  constexpr std::int64_t kMillisecondUs = 1'000;
  const auto told = read_entries(tx, log, LogStore(tx, log).head().size).retention;
  if (!told.pruned) return false;
  // An event's id begins with its time in milliseconds (UUID version 7).
  const auto ms = static_cast<std::int64_t>(get_u64(event.value.bytes.data()) >> 16);
  return ms * kMillisecondUs <= told.pruned->range.newest.us;
}

}  // namespace assent
