#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/clock.h"
#include "core/id.h"

namespace assent {

// A profile that records of a component belong or belonged to.
struct KnownProfile {
  ProfileId id;
  Timestamp born_at;
  bool live = false;  // Has members now; else it retired into another.
};

// One record of a component: its profile now, and the one it had before that retired.
struct Member {
  RecordId record;
  Timestamp created_at;
  std::size_t group = 0;  // From cluster().
  std::optional<ProfileId> now;
  std::vector<ProfileId> before;
};

// What must be written so that profiles follow the groups.
struct MembershipPlan {
  std::vector<std::size_t> born_for;      // Groups that need a new profile.
  std::map<std::size_t, ProfileId> home;  // Group → profile that lives on, or comes back.
  std::vector<ProfileId> revived;
  std::vector<std::pair<ProfileId, std::size_t>>
      retired;  // Profile, group whose profile is its heir.
};

// Which ids survive. A profile stays with its oldest record (ties by the smaller record id); where
// several stay with one group the oldest profile survives (ties by the smaller id) and the others
// retire into it. A group that is left without one gets back the profile its oldest record had
// before a merge, if nobody took it, so that an undone merge gives the same ids; else a new one.
// Pure.
MembershipPlan plan_membership(const std::vector<Member>& members,
                               const std::vector<KnownProfile>& profiles);

}  // namespace assent
