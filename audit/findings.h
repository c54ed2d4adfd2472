#pragma once

#include <string>
#include <vector>

#include "audit/verifier.h"

// What the checks of the verifier share; private to it.
namespace assent {

Finding tampered(StaticText what);
Finding tampered(StaticText what, std::string expected, std::string found);
Finding cannot_tell(StaticText what);

// The facts of a checkpoint; appends a finding for everything the policy does not accept.
LogFacts judge(const SignedCheckpoint& head, const LogPolicy* policy,
               std::vector<Finding>& findings, OriginRule rule = OriginRule::kSame);

LogVerdict verdict_of(const std::vector<Finding>& findings);

}  // namespace assent
