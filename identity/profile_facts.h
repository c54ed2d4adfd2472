#pragma once

#include <span>
#include <vector>

#include "consent/permit.h"
#include "core/db.h"

namespace assent {

// What the engine may know of these profiles: where each record says that the person lives, how
// old, which contact points. Three statements for all. The age is the youngest that the age band
// and the month of majority allow on the transaction's day. A profile without a live record comes
// without records and contact points, so that its permits go.
Result<std::vector<PersonFacts>> person_facts(Tx& tx, std::span<const ProfileId> profiles);

// The profiles of these records now; sorted, no doubles.
std::vector<ProfileId> profiles_of(Tx& tx, std::span<const RecordId> records);
// The profiles with a live record that holds one of these contact points.
std::vector<ProfileId> profiles_holding(Tx& tx, std::span<const Tag16> contacts);
// Old ids resolve for ever: the profile that `profile` lives on in.
// kNotFound  no such profile.
Result<ProfileId> living_profile(Tx& tx, ProfileId profile);

// Makes the permits of everybody whom a change of `changed` may concern again, in the transaction
// that changed them: their profiles, all profiles that share a contact point with them on which a
// denial stands, and the profiles that records have left (`left_behind`).
Status refresh_permits(Tx& tx, const PermitDeriver& permits, std::span<const RecordId> changed,
                       std::span<const ProfileId> left_behind = {});

// The next profiles in order of their ids, retired ones included: a PeopleSource of rebuild_all().
Result<std::vector<PersonFacts>> next_people(Tx& tx, std::optional<ProfileId> after,
                                             std::size_t limit);

}  // namespace assent
