#pragma once

#include <iosfwd>

#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// How much a reading of the state wrote.
struct StateReading {
  std::uint64_t lines = 0;
  std::uint64_t covers = 0;  // A bundle that is to judge it must hold the entries [0, covers).
  EventId leaf = {};         // AUDIT_EXPORTED, of this very reading.
};

// Writes what the live tables hold of rows that leaves sealed, as hashes and random ids only, for
// `assent-verify state` (docs/audit-format.md, *State*). The hashes are computed anew from the
// columns as they stand. One snapshot, in constant memory; an act: its leaf commits first. Whatever
// waits for its number makes the bundle insufficient, so settle the log before.
// kNotFound      the tenant is unknown.
// kUnavailable   the database is away, or `out` did not take everything.
Result<StateReading> write_state(Database& db, TenantId tenant, Journal& journal, const Act& act,
                                 std::ostream& out);

}  // namespace assent
