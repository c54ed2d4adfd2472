#pragma once

#include <span>
#include <vector>

#include "audit/journal.h"

// Rows that a leaf sealed and that rightly go: corrected, replaced or erased. What is left of each
// is the hash that the leaf sealed, under the leaf of the act that removed it, so that the live
// tables can be compared with the log for ever (docs/audit-format.md, *State*).
namespace assent {

struct RemovedRow {
  EventId leaf;  // The leaf that sealed the row, and the row's place there.
  std::int32_t position = 0;
  Hash32 entry{};  // sealed_row_entry() of commitments.h.
};

// The removal as a row that the removing act's leaf seals.
BatchRow batch_row(const RemovedRow& removed);

// Keeps what is left of `rows`. `leaf` is the removing act's, of the same transaction, and seals
// batch_row() of rows[i] at positions[i]. Call it before the rows go. Posted: a failure shows at
// the next query.
void note_removed(Tx& tx, EventId leaf, std::span<const RemovedRow> rows,
                  std::span<const std::int32_t> positions);

// The whole of it for an act that removes: completes `leaf` with the root over the removals and the
// rows that are `added` beside them, appends it and keeps what is left of `rows`. Without any the
// leaf has no record hash.
struct Removal {
  EventId leaf;
  std::vector<std::int32_t> added;  // The positions of the added rows, in their order.
};
Removal append_removal(Tx& tx, Journal& journal, Leaf leaf, const std::vector<RemovedRow>& rows,
                       const std::vector<BatchRow>& added = {});

}  // namespace assent
