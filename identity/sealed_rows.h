#pragma once

#include <vector>

#include "audit/removed_rows.h"
#include "core/db.h"

// The sealed rows that an act is about to remove, for note_removed(). Each of one statement, inside
// the caller's transaction, under the identity lock.
namespace assent {

// Versions and purchases of records, rejected rows, organisations.
struct UnitsThatGo {
  std::vector<RecordId> records;
  std::vector<Uuid> rejected;
  std::vector<Uuid> organisations;
};
std::vector<RemovedRow> sealed_rows_of(Tx& tx, const UnitsThatGo& units);

// Order lines by the tags of their keys.
std::vector<RemovedRow> sealed_purchases(Tx& tx, const std::vector<Tag16>& keys);

}  // namespace assent
