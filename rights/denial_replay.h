#pragma once

#include <cstddef>
#include <span>

#include "denial_line.h"
#include "rights/rights_services.h"

namespace assent {

struct ReplayedDenials {
  std::size_t statements = 0;       // New in the ledger.
  std::size_t of_lost_records = 0;  // Kept as suppressions of the addresses that they were about.
};

// What the lines refuse holds again, in the caller's transaction, under one entry BATCH: statements
// and flags of the records that the data has; of lost records the addresses are suppressed;
// suppressions, differences of people, markers of erasures set or lifted. Doing it twice changes
// nothing. Permits are not made again: the caller does that for everybody. Under the identity lock.
Result<ReplayedDenials> replay_denials(Tx& tx, const RightsServices& services, const Act& act,
                                       std::span<const DenialLine> lines);

}  // namespace assent
