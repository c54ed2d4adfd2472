#pragma once

#include <cstdint>
#include <vector>

#include "audit/log_recovery.h"

namespace assent {

// One step of a replay, inside its transaction: `leaves` become the entries from `first` on, which
// must be the log's size now, and lead to `root`. Private to the recovery.
// kConflict, kBusy, kCorrupt as LogRecovery::replay().
Status put_back(Tx& tx, const LogSurvey& survey, const std::vector<Bytes>& leaves,
                std::uint64_t first, const Hash32& root);

}  // namespace assent
