#include "audit/log_store.h"

#include <thread>

#include "audit/checkpoint.h"
#include "audit/leaf.h"
#include "audit/log_retention.h"
#include "audit/tlog_proof.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

std::vector<Hash32> split_hashes(ByteView joined) {
  std::vector<Hash32> hashes(joined.size() / Hash32{}.size());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const ByteView one = joined.subspan(i * hashes[i].size(), hashes[i].size());
    std::copy(one.begin(), one.end(), hashes[i].begin());
  }
  return hashes;
}

}  // namespace

Result<std::vector<Hash32>> LogStore::tile(const TileId& id) {
  const Rows rows = tx_.query(
      "SELECT substring(hashes FROM 1 FOR $4) FROM audit_tile "
      "WHERE tenant = $1 AND level = $2 AND tile = $3",
      {log_, static_cast<std::int16_t>(id.level), static_cast<std::int64_t>(id.index),
       static_cast<std::int32_t>(id.width * Hash32{}.size())});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "a tile of the log is missing"};
  std::vector<Hash32> hashes = split_hashes(rows[0].view(0));
  if (hashes.size() != id.width) {
    return Error{ErrorCode::kNotFound, "a tile of the log is too narrow"};
  }
  return hashes;
}

LogHead LogStore::head() {
  const Rows rows = tx_.query(
      "SELECT size, root, epoch, recovering_from, origin, rows_lost_from FROM audit_head "
      "WHERE tenant = $1",
      {log_});
  if (rows.empty()) return {};
  LogHead head{static_cast<std::uint64_t>(rows[0].integer(0)), rows[0].hash(1)};
  head.epoch = rows[0].integer(2);
  if (!rows[0].is_null(3)) head.recovering_from = static_cast<std::uint64_t>(rows[0].integer(3));
  if (!rows[0].is_null(5)) head.rows_lost_from = static_cast<std::uint64_t>(rows[0].integer(5));
  if (!rows[0].is_null(4)) head.origin = rows[0].text(4);
  return head;
}

std::vector<StoredEntry> LogStore::entries(std::uint64_t first, std::uint64_t end) {
  const Rows rows = tx_.query(
      "SELECT idx, leaf FROM audit_leaf WHERE tenant = $1 AND idx >= $2 AND idx < $3 "
      "ORDER BY idx, sequenced_at",
      {log_, static_cast<std::int64_t>(first), static_cast<std::int64_t>(end)});
  std::vector<StoredEntry> entries;
  entries.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows) {
    entries.push_back({static_cast<std::uint64_t>(row.integer(0)), row.bytes(1)});
  }
  return entries;
}

std::optional<std::uint64_t> LogStore::first_kept() {
  const Rows rows = tx_.query("SELECT min(idx) FROM audit_leaf WHERE tenant = $1", {log_});
  if (rows[0].is_null(0)) return std::nullopt;
  return static_cast<std::uint64_t>(rows[0].integer(0));
}

std::optional<std::uint64_t> LogStore::first_kept_tile() {
  const Rows rows = tx_.query(
      "SELECT min(tile) FROM audit_tile WHERE tenant = $1 AND level = 0::smallint", {log_});
  if (rows[0].is_null(0)) return std::nullopt;
  return static_cast<std::uint64_t>(rows[0].integer(0));
}

std::optional<std::uint64_t> LogStore::index_of(EventId event) {
  const Rows rows =
      tx_.query("SELECT idx FROM audit_leaf WHERE tenant = $1 AND event_id = $2", {log_, event});
  if (rows.empty()) return std::nullopt;
  return static_cast<std::uint64_t>(rows[0].integer(0));
}

std::optional<EventId> LogStore::event_at(Timestamp time, AuditEvent event, const Uuid& object) {
  const Rows rows =
      tx_.query("SELECT leaf FROM audit_leaf WHERE tenant = $1 AND acted_us = $2", {log_, time.us});
  for (const auto& row : rows) {
    const auto leaf = decode(row.view(0));
    if (leaf.ok() && leaf->event == event && leaf->object == object) return leaf->id;
  }
  return std::nullopt;
}

std::optional<std::string> LogStore::newest_checkpoint() {
  const Rows rows = tx_.query(
      "SELECT note FROM audit_checkpoint WHERE tenant = $1 ORDER BY size DESC LIMIT 1", {log_});
  if (rows.empty()) return std::nullopt;
  return rows[0].text(0);
}

Result<std::string> LogStore::proof(std::uint64_t index) {
  const auto note = newest_checkpoint();
  if (!note) return Error{ErrorCode::kNotFound, "the log has no checkpoint yet"};
  const auto newest = parse_signed_checkpoint(*note);
  if (!newest.ok()) return Error{ErrorCode::kCorrupt, "the newest checkpoint cannot be read"};
  if (index >= newest->checkpoint.size) {
    return Error{ErrorCode::kNotFound, "no checkpoint covers the entry yet"};
  }
  auto path = inclusion_path(*this, index, newest->checkpoint.size);
  if (!path.ok()) return Error{ErrorCode::kCorrupt, path.error().reason};
  return format_tlog_proof({std::nullopt, index, std::move(*path), *note});
}

Result<std::string> wait_for_checkpoint(Database& db, TenantId log, EventId event,
                                        std::chrono::milliseconds patience) {
  for (std::chrono::milliseconds waited{0};; waited += kLookEvery) {
    auto receipt = in_tx(db, log, [&](Tx& tx) -> Result<std::string> {
      LogStore store(tx, log);
      const auto index = store.index_of(event);
      if (!index && may_be_pruned(tx, log, event)) {
        return Error{ErrorCode::kGone,
                     "the log keeps no entries of that time any more: it has pruned them, as it "
                     "had announced"};
      }
      if (!index) return Error{ErrorCode::kNotFound, "the event has no number yet"};
      return store.proof(*index);
    });
    if (receipt.ok() || receipt.error().code != ErrorCode::kNotFound) return receipt;
    if (waited + kLookEvery > patience) break;
    std::this_thread::sleep_for(kLookEvery);
  }
  return Error{ErrorCode::kUnavailable, "no checkpoint covers the act yet: is the signer running?"};
}

Result<bool> wait_until_signed(Database& db, TenantId log, std::chrono::milliseconds patience) {
  auto size = in_tx(db, log,
                    [&](Tx& tx) -> Result<std::uint64_t> { return LogStore(tx, log).head().size; });
  if (!size.ok()) return size.error();
  for (std::chrono::milliseconds waited{0};; waited += kLookEvery) {
    auto covered = in_tx(db, log, [&](Tx& tx) -> Result<bool> {
      return tx
          .query("SELECT coalesce(max(size), 0) >= $2 FROM audit_checkpoint WHERE tenant = $1",
                 {log, static_cast<std::int64_t>(*size)})[0]
          .flag(0);
    });
    if (!covered.ok() || *covered || waited + kLookEvery > patience) return covered;
    std::this_thread::sleep_for(kLookEvery);
  }
}

}  // namespace assent
