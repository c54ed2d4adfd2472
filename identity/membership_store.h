#pragma once

#include <map>
#include <span>
#include <vector>

#include "core/db.h"
#include "core/random.h"
#include "record_facts.h"

namespace assent {

// What moved: what the caller refreshes permits for.
struct MembershipChange {
  std::vector<RecordId> moved;  // Into another profile, or into their first.
  std::vector<ProfileId> left;  // What they moved out of, retired or not.
};

// Gives every record of a component (in `facts` order, with the group of each) the profile that
// survival.h plans, and every record of `singles` a new profile of its own. Writes the difference
// only. `leaf` is of the same transaction.
MembershipChange store_membership(Tx& tx, EventId leaf, Random& random,
                                  std::span<const RecordFacts> facts,
                                  std::span<const std::size_t> groups,
                                  std::span<const RecordId> singles);

}  // namespace assent
