#pragma once

#include <cstdint>
#include <optional>

#include "rights/rights_services.h"

namespace assent {

// What waits for assent-key-destroyer.
struct DestructionStatus {
  std::uint64_t waiting = 0;       // Units whose keys are named and not destroyed yet.
  std::optional<Timestamp> since;  // When the oldest of them was named.
};

// Of one tenant. kUnavailable a cluster is away.
Result<DestructionStatus> destruction_status(const RightsServices& services, TenantId tenant);

}  // namespace assent
