#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "audit/log_store.h"
#include "audit/retention_rules.h"

namespace assent {

// What a log tells of its retention, up to some size.
struct LogRetention {
  std::vector<AnnouncedTerms> announced;  // Rising; those that are still kept.
  std::optional<DeclaredPrune> pruned;    // The newest.

  // Entries before it may be gone: c2sp.org/tlog-tiles, "minimum index".
  std::uint64_t minimum() const { return pruned ? pruned->range.minimum : 0; }
};

// Of the entries before `tree.size`. Each is proved to be of that tree, and the prune to keep what
// was announced; `tx` may be of any role that reads the log.
// kCorrupt   an entry is not of the tree, or the newest prune breaks what the log had announced.
Result<LogRetention> read_retention(Tx& tx, TenantId log, const LogHead& tree);

// One more than the number of the newest entry before `size` that tells of retention; 0: none does.
std::uint64_t end_of_retention(Tx& tx, TenantId log, std::uint64_t size);

// Whether the log has pruned all entries of the time at which this event would have happened, so
// that it may have held it. By the database's word alone, for an answer to a person.
bool may_be_pruned(Tx& tx, TenantId log, EventId event);

}  // namespace assent
