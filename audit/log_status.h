#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/db.h"

namespace assent {

// How far a log is numbered and signed.
struct LogStatus {
  TenantId log;
  std::uint64_t waiting = 0;                // Leaves without a number.
  std::uint64_t size = 0;                   // Of the head.
  std::uint64_t signed_size = 0;            // Of the newest checkpoint,
  std::optional<Timestamp> signed_at;       // and its time.
  std::optional<Timestamp> waiting_since;   // Of the first leaf without a number.
  std::optional<Timestamp> unsigned_since;  // Of the first entry that no checkpoint covers.
};

// One statement for all of `logs`, in their order; `db` is of the sequencer's role. The errors of
// the database.
Result<std::vector<LogStatus>> log_status(Database& db, const std::vector<TenantId>& logs);

}  // namespace assent
