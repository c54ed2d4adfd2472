#pragma once

#include <string>

#include "audit/verifier.h"

namespace assent {

// One JSON object; the keys are in docs/audit-format.md.
std::string to_json(const BundleReport& report);
std::string to_json(const Report& report);

}  // namespace assent
