#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/id.h"
#include "core/result.h"

namespace assent {

// Why one log was refused. The installation's log is the nil tenant's.
struct LogProblem {
  TenantId log;
  Error error;
  std::optional<std::uint64_t> entry =
      std::nullopt;  // Its number in the log, when one is to blame.
};

// What one round over all logs did. A refused log never stops the others.
struct LogRound {
  std::size_t done = 0;  // Leaves numbered, or checkpoints signed.
  std::vector<LogProblem> refused;
  bool more = false;  // Something was left for the next round, which should follow at once.
};

}  // namespace assent
