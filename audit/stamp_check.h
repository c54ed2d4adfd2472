#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "audit/stamp.h"
#include "audit/verifier.h"

namespace assent {

struct StampReport {
  Report report;
  std::optional<StampFacts> stamp;  // Absent when it cannot be read.
};

// Was the tree of this checkpoint, whose text is exactly `checkpoint`, there not later than the
// stamp says? kVerified only when the policy accepts the checkpoint and `evidence.trusted` proves
// who stamped it.
StampReport verify_stamp(std::string_view checkpoint, const StampEvidence& evidence,
                         const LogPolicy* policy);

// The facts of a stamp of `stamped`; appends a finding for everything that is not accepted.
std::optional<StampFacts> judge_stamp(std::string_view stamped, const StampEvidence& evidence,
                                      std::vector<Finding>& findings);

}  // namespace assent
