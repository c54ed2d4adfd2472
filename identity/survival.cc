#include "survival.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace assent {
namespace {

using Groups = std::map<std::size_t, std::vector<const Member*>>;

bool is_older(const Member& a, const Member& b) {
  return std::tuple(a.created_at, a.record) < std::tuple(b.created_at, b.record);
}

// The group that each live profile stays with.
std::map<ProfileId, std::size_t> stays_with(const std::vector<Member>& members) {
  std::map<ProfileId, const Member*> anchors;
  for (const Member& member : members) {
    if (!member.now) continue;
    const Member*& anchor = anchors[*member.now];
    if (anchor == nullptr || is_older(member, *anchor)) anchor = &member;
  }
  std::map<ProfileId, std::size_t> groups;
  for (const auto& [profile, anchor] : anchors) groups[profile] = anchor->group;
  return groups;
}

bool is_elder(const KnownProfile& a, const KnownProfile& b) {
  return std::tuple(a.born_at, a.id) < std::tuple(b.born_at, b.id);
}

// Retired profiles that come back: each goes to at most one group.
void revive(const Groups& groups, const std::vector<KnownProfile>& elders, MembershipPlan& plan) {
  std::set<ProfileId> taken;
  for (const auto& [group, members] : groups) {
    if (plan.home.contains(group)) continue;
    const auto was_home = [&](const KnownProfile& profile) {
      return !profile.live && !taken.contains(profile.id) &&
             std::any_of(members.begin(), members.end(), [&](const Member* member) {
               return std::count(member->before.begin(), member->before.end(), profile.id) > 0;
             });
    };
    const auto found = std::find_if(elders.begin(), elders.end(), was_home);
    if (found == elders.end()) {
      plan.born_for.push_back(group);
      continue;
    }
    taken.insert(found->id);
    plan.home[group] = found->id;
    plan.revived.push_back(found->id);
  }
}

}  // namespace

MembershipPlan plan_membership(const std::vector<Member>& members,
                               const std::vector<KnownProfile>& profiles) {
  std::vector<KnownProfile> elders = profiles;
  std::sort(elders.begin(), elders.end(), is_elder);
  const auto stays = stays_with(members);
  Groups groups;
  for (const Member& member : members) groups[member.group].push_back(&member);

  MembershipPlan plan;
  for (const KnownProfile& profile : elders) {
    const auto stay = stays.find(profile.id);
    if (stay == stays.end()) continue;
    if (!plan.home.emplace(stay->second, profile.id).second) {
      plan.retired.emplace_back(profile.id, stay->second);
    }
  }
  revive(groups, elders, plan);
  return plan;
}

}  // namespace assent
