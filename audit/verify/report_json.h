#pragma once

#include <string>

#include "audit/erasure_check.h"
#include "audit/release_check.h"
#include "audit/stamp_check.h"
#include "audit/state_check.h"
#include "audit/verifier.h"

namespace assent {

// One JSON object; the keys are in docs/audit-format.md.
std::string to_json(const BundleReport& report);
std::string to_json(const Report& report);
std::string to_json(const ErasureReport& report);
std::string to_json(const ReleaseReport& report);
std::string to_json(const StateReport& report);
std::string to_json(const StampReport& report);

}  // namespace assent
