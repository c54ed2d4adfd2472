#pragma once

#include <optional>

#include "batch_plan.h"
#include "ingest_orders.h"

namespace assent {

// One reading of one file, as the table `import` keeps it.
struct ImportState {
  Uuid id;
  std::uint64_t rows_read = 0;
  RowCounts counts;
};

// The unfinished import of this file by this source. kConflict when it was read with another
// mapping.
Result<std::optional<ImportState>> find_running_import(Tx& tx, std::int16_t source,
                                                       const Tag16& file, const Hash32& mapping);
// A new one; `leaf` is of the same transaction.
ImportState begin_import(Tx& tx, EventId leaf, Random& random, std::int16_t source,
                         const Tag16& file, const Hash32& mapping);
// In the transaction of the rows themselves. kConflict when somebody else has counted them.
Status progress_import(Tx& tx, ImportState& state, std::uint64_t rows_read, const RowCounts& counts,
                       const Occurrences& occurrences);
void finish_import(Tx& tx, EventId leaf, const ImportState& state);

}  // namespace assent
