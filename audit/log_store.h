#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/event.h"
#include "audit/tiles.h"
#include "core/db.h"

namespace assent {

struct LogHead {
  std::uint64_t size = 0;
  Hash32 root = empty_root();
  std::optional<std::int64_t> epoch = {};  // Counts batches; empty before the first.
  // Where a recovery that is not finished began (log_recovery.h).
  std::optional<std::uint64_t> recovering_from = {};
  std::optional<std::string> origin =
      {};  // Unless it is the first one that the log had (origin.h).
  // From this entry on the log came back without the rows that it tells of (rights/restore.h).
  std::optional<std::uint64_t> rows_lost_from = {};
};

struct StoredEntry {
  std::uint64_t index = 0;
  Bytes leaf;
};

// One log as PostgreSQL holds it, for reading. Everything it answers is the database's word:
// believe it only against a signed checkpoint. Lives inside the caller's transaction, of any role
// that may see the log; not thread-safe.
class LogStore final : public TileReader {
 public:
  // `log` is the tenant, or nil for the installation's log. `tx` must outlive the store.
  LogStore(Tx& tx, TenantId log) : tx_(tx), log_(log) {}

  // kNotFound   no such tile, or it is narrower than asked for.
  Result<std::vector<Hash32>> tile(const TileId& id) override;
  LogHead head();
  // The entries that stand under the numbers [first, end), in order. A sound log has exactly one of
  // each; what is missing or stands twice is for the caller to see. The caller bounds the range.
  std::vector<StoredEntry> entries(std::uint64_t first, std::uint64_t end);
  // The number of the first entry that is stored: 0 unless the log was pruned, or lost it.
  std::optional<std::uint64_t> first_kept();
  // Likewise of the tiles of level 0.
  std::optional<std::uint64_t> first_kept_tile();
  // nullopt while the event waits for its number, and for what never was.
  std::optional<std::uint64_t> index_of(EventId event);
  // The numbered entry that tells of `object` at that very time: how the leaf of an act is found
  // again by the row that committed with it. nullopt while it waits for its number.
  std::optional<EventId> event_at(Timestamp time, AuditEvent event, const Uuid& object);
  // The newest signed note, verbatim.
  std::optional<std::string> newest_checkpoint();
  // The tlog-proof text of an entry against the newest checkpoint: the receipt of an act.
  // kNotFound   no checkpoint covers the entry yet.
  // kCorrupt    checkpoint or tiles of the database are damaged.
  Result<std::string> proof(std::uint64_t index);

 private:
  Tx& tx_;
  TenantId log_;
};

// Waits until a checkpoint covers the event and answers its receipt (LogStore::proof). For acts
// that promise it: an erasure, a release, an export. Looks every 50 ms, at least once; holds no
// transaction while it waits. Call it after the act's commit.
// kUnavailable   not within `patience`: the act stands, but the sequencer or the signer is down.
// kGone          the log has pruned the entries of the event's time.
// The errors of proof and of the database.
Result<std::string> wait_for_checkpoint(Database& db, TenantId log, EventId event,
                                        std::chrono::milliseconds patience);

// Waits until a checkpoint covers all that is numbered in the log now. True: it does. False: not
// within `patience`; the acts stand. The errors of the database.
Result<bool> wait_until_signed(Database& db, TenantId log, std::chrono::milliseconds patience);

}  // namespace assent
