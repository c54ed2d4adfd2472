#pragma once

#include <string>
#include <vector>

#include "api/services.h"
#include "identity/resealer.h"

// New keys for records, and what is sealed under which. Source: data-protection 7; decisions/0035.
namespace assent {

Resealer resealer(
    Services& services, const FaultPoint& at = [](StaticText) {});

struct RotatedUnit {
  TenantId tenant;
  Resealed done;
};
// By the server's own terminal: of whichever tenant the unit is. The errors of Resealer::rotate.
Result<RotatedUnit> rotate_unit(Services& services, const Uuid& unit);

// Values of all tables, of one tenant.
struct SealedCount {
  KeyPurpose purpose = KeyPurpose::kFields;
  std::uint8_t suite = 0;
  std::uint32_t version = 0;  // Of the unit's key, as the header names it.
  std::int64_t values = 0;
};
// Key versions that wait for their end.
struct ReplacedCount {
  std::int64_t units = 0;
  std::optional<Timestamp> oldest;  // When the first of them was replaced.
};
struct SealedState {
  std::vector<SealedCount> values;
  ReplacedCount replaced;
};
// Reads every sealed value of the tenant. kUnavailable: a cluster is away.
Result<SealedState> sealed_state(Services& services, TenantId tenant);

}  // namespace assent
