#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "consent/facts.h"

namespace assent {

// The facts of one case, defaults already merged in. Names that mean nothing here are added to
// `unknown`. Throws nlohmann::json::exception on a value of the wrong type. Private.
Facts facts_of_case(const nlohmann::json& facts, std::vector<std::string>& unknown);

}  // namespace assent
