#pragma once

#include <cstdint>
#include <iosfwd>

#include "audit/verifier.h"

namespace assent {

struct StateReport {
  Report report;
  std::uint64_t rows = 0;     // That stand, each as its entry sealed it when the report is green.
  std::uint64_t erased = 0;   // Of them of erased persons, by the hash that was kept of them.
  std::uint64_t removed = 0;  // That went by an act of the log.
  std::uint64_t entries = 0;  // Of the log that seal rows.
  std::uint64_t not_checked = 0;  // Lines of entries that the log has pruned.
};

// Do the live tables hold exactly what the log sealed? `dump` is what `assent audit dump-state`
// wrote, `bundle` (a file that can be read twice) holds the log from its first entry, or from one
// before which the log says that it has pruned all, to beyond the dump. Every entry that seals rows
// must find all of them: as they were sealed, or removed by an entry that may remove and that seals
// the removal. Memory grows with those entries, not with rows. kTampered     a row was changed, put
// back, deleted or added past the log; the entry and the row. kCannotTell   the bundle is not
// evidence or does not reach far enough, the dump is damaged, or it
//               has rows of entries that were pruned: nothing tells any more what those sealed.
StateReport verify_state(std::istream& dump, std::istream& bundle, const LogPolicy* policy);

}  // namespace assent
