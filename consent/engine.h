#pragma once

#include <string>
#include <vector>

#include "consent/decision.h"
#include "consent/facts.h"
#include "consent/policy.h"

namespace assent {

// May these facts be acted on? Pure: no clock, no database, no state; the same set and facts give
// the same answer on any machine, in any order of the facts' lists. Safe from any thread.
//
// Every policy named in facts.jurisdictions must permit; a denial of any wins; of several reasons
// the one with the smallest number is primary. A jurisdiction that no policy in force on
// facts.as_of answers to denies with kNoPolicy, and so do facts without any. The readings chosen
// where the law leaves room are in policies/README.md.
Decision decide(const PolicySet& policies, const Facts& facts);

// Who asks about whom, as far as it decides which laws apply.
struct Applicability {
  Country operator_country;
  std::vector<Country> targets;  // Markets the operator offers to.
  Country residence;             // Unknown = under every targeted law.
  std::string region;            // Part of a federal country; empty = unknown.
  Country citizenship;           // Unknown counts as that of the residence.
  Channel channel = Channel::kUnknown;
};

// The codes of the jurisdictions that apply on `as_of`, sorted, for Facts::jurisdictions. Empty
// when none does, which decide() denies.
std::vector<std::string> applicable(const PolicySet& policies, const Applicability& who,
                                    Date as_of);

}  // namespace assent
