#pragma once

#include <cstdint>
#include <optional>

#include "core/db.h"

// What deleted and replaced rows leave in the files of a cluster until VACUUM has been there: wraps
// of destroyed keys, ciphertext and tags. Nightly, and before an epoch is burned. Sources:
// decisions.md 21, data-protection 2.4 and 6.1; decisions/0033. Thread-safe.
namespace assent {

struct VacuumedTables {
  std::int64_t tables = 0;
  std::int64_t rows_left = 0;  // Dead rows that some transaction still sees: the next time's.
};

// Every table of the cluster, by its catalogue, and their indexes. `owner` is the cluster as
// assent_owner, whose statements must have hours. Readers and writers go on meanwhile. What lies in
// the WAL, and in the free room of a page, ends with other things: docs/erasure.md. kUnavailable
// the cluster is away, or the time was not enough.
Result<VacuumedTables> vacuum_tables(Database& owner);

// When the last one began that went through both clusters, as the safe keeps it. `safe` is the safe
// as assent_app or assent_owner.
Result<std::optional<Timestamp>> last_vacuum(Database& safe);
// `safe_owner` is the safe as assent_owner. Never moves back.
Status note_vacuum(Database& safe_owner, Timestamp begun_at);

}  // namespace assent
