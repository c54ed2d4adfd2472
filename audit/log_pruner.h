#pragma once

#include <cstdint>
#include <optional>

#include "audit/journal.h"
#include "audit/log_retention.h"

namespace assent {

// What the operator's policy says of a log: how long entries are kept, and the SHA-256 of the file
// that says why.
struct LogTerms {
  RetentionTerms terms;
  Hash32 policy{};
};

// What may be pruned of a log now.
struct PrunePlan {
  LogRetention retention;                  // What the log tells so far.
  LogHead tree;                            // The newest that is signed.
  std::uint64_t first_kept = 0;            // The first entry that is still stored.
  Timestamp now;                           // By the log: no later than its newest signed entry.
  std::optional<Timestamp> prunable_from;  // When the first announced terms have stood long enough.
  bool is_waiting = false;                 // For an entry of its own to be signed.
  std::optional<PrunedRange> next;         // What the next prune would say.

  // Declared, but not removed to the end.
  bool is_unfinished() const { return first_kept < retention.minimum(); }
};

// Prunes the left edge of a log, as c2sp.org/tlog-tiles allows: announces the terms, says what goes
// by an entry of the log (LOG_PRUNED), and, once that entry is signed, removes from the database
// the entries and the tiles of level 0 before it, with what hangs on them. The files are the
// signer's (retention_files.h). All state is in the log, so it may die at any point and be called
// again. Thread-safe; two at once do the same twice. docs/decisions/0028.
class LogPruner {
 public:
  static constexpr std::uint64_t kRemovedAtOnce = 64 * kPrunedTogether;
  // What one prune declares: more waits for the next.
  static constexpr std::uint64_t kDeclaredAtOnce = 4096 * kPrunedTogether;
  static constexpr std::int64_t kBetweenPrunesUs = kDayUs;
  static constexpr std::int64_t kBetweenAnnouncementsUs = 365 * kDayUs;

  // `app` connects as assent_app, `eraser` as assent_eraser; all must outlive this.
  LogPruner(Database& app, Database& eraser, Journal& journal, const LogTerms& policy)
      : app_(app), eraser_(eraser), journal_(journal), policy_(policy) {}

  // kNotFound   nothing is signed yet. kCorrupt as read_retention().
  Result<PrunePlan> plan(TenantId log);
  // An act: the terms of the policy stand in the log from now on.
  Result<EventId> announce(TenantId log, const Act& act);
  // An act: LOG_PRUNED of plan.next.
  // kConflict   there is nothing to prune, or an earlier prune is not finished.
  Result<EventId> declare(TenantId log, const Act& act, const PrunePlan& plan);
  // Removes what was declared and is signed; the number of entries. Goes on where it was cut off.
  // kInvalid   PostgreSQL does not find the entry, or the terms of the log keep what should go.
  Result<std::uint64_t> remove(TenantId log);

  // What a server does now and then: finishes a prune, repeats the announcement of a year ago,
  // declares at most one prune a day. Nothing of a log that never announced.
  Status run_once(TenantId log, const Act& act);

 private:
  Result<PrunePlan> plan(Tx& tx, TenantId log) const;
  std::optional<PrunedRange> next_range(Tx& tx, TenantId log, const PrunePlan& plan) const;
  Database& app_;
  Database& eraser_;
  Journal& journal_;
  const LogTerms policy_;
};

}  // namespace assent
