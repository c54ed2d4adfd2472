#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "identity/cluster.h"
#include "identity/survival.h"

// Linking gives a partition that depends on the records alone, and undoing a merge undoes it.
namespace assent {
namespace {

// A random graph of records, each with a name (0: unknown) that contradicts every other name.
struct Town {
  std::vector<int> names;
  std::vector<LinkEdge> edges;
  Contradicts contradicts() const {
    return [this](std::size_t i, std::size_t j) {
      return names[i] != 0 && names[j] != 0 && names[i] != names[j];
    };
  }
};

Town any_town() {
  Town town;
  const auto records = *rc::gen::inRange<std::size_t>(1, 12);
  town.names = *rc::gen::container<std::vector<int>>(records, rc::gen::inRange(0, 4));
  const auto pairs = *rc::gen::inRange<std::size_t>(0, 20);
  std::set<std::pair<std::size_t, std::size_t>> taken;
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto x = *rc::gen::inRange<std::size_t>(0, records);
    const auto y = *rc::gen::inRange<std::size_t>(0, records);
    const std::pair<std::size_t, std::size_t> pair(std::min(x, y), std::max(x, y));
    if (x == y || town.contradicts()(x, y) || !taken.insert(pair).second) continue;
    town.edges.push_back({pair.first, pair.second, *rc::gen::inRange(1, 4)});
  }
  return town;
}

RC_GTEST_PROP(PartitionProperty, NoGroupHoldsTwoWhoContradict, ()) {
  const Town town = any_town();
  const auto groups = cluster(town.names.size(), town.edges, town.contradicts());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (groups[i] == groups[j]) RC_ASSERT(!town.contradicts()(i, j));
    }
  }
}

RC_GTEST_PROP(PartitionProperty, TheOrderInWhichLinksAreFoundDoesNotMatter, ()) {
  Town town = any_town();
  const auto groups = cluster(town.names.size(), town.edges, town.contradicts());
  const auto turned = *rc::gen::inRange<std::size_t>(0, town.edges.size() + 1);
  std::rotate(town.edges.begin(), town.edges.begin() + static_cast<std::ptrdiff_t>(turned),
              town.edges.end());
  std::reverse(town.edges.begin(),
               town.edges.begin() + static_cast<std::ptrdiff_t>(town.edges.size() / 2));
  RC_ASSERT(cluster(town.names.size(), town.edges, town.contradicts()) == groups);
}

RC_GTEST_PROP(PartitionProperty, AGroupIsHeldTogetherByItsOwnLinks, ()) {
  const Town town = any_town();
  const auto groups = cluster(town.names.size(), town.edges, town.contradicts());
  std::vector<LinkEdge> inside;
  for (const LinkEdge& edge : town.edges) {
    if (groups[edge.a] == groups[edge.b]) inside.push_back(edge);
  }
  const auto never = [](std::size_t, std::size_t) { return false; };
  RC_ASSERT(cluster(town.names.size(), inside, never) == groups);
}

Uuid number(std::size_t n) {
  Uuid id;
  id.bytes[15] = static_cast<std::uint8_t>(n);
  return id;
}

// Profiles and memberships as the database would keep them.
struct Register {
  std::vector<Member> members;
  std::vector<KnownProfile> profiles;
  std::size_t next = 100;

  explicit Register(std::size_t records) {
    for (std::size_t i = 0; i < records; ++i) {
      members.push_back({RecordId{number(i)}, {static_cast<std::int64_t>(i)}, i, {}, {}});
    }
  }
  void regroup(const std::vector<std::size_t>& groups) {
    for (std::size_t i = 0; i < groups.size(); ++i) members[i].group = groups[i];
    MembershipPlan plan = plan_membership(members, profiles);
    for (const std::size_t group : plan.born_for) {
      const ProfileId born{number(next)};
      profiles.push_back({born, {static_cast<std::int64_t>(next++)}, true});
      plan.home[group] = born;
    }
    for (Member& member : members) {
      const ProfileId home = plan.home.at(member.group);
      if (member.now && *member.now != home) member.before.push_back(*member.now);
      member.now = home;
    }
    for (KnownProfile& profile : profiles) {
      profile.live = std::any_of(members.begin(), members.end(),
                                 [&](const Member& member) { return member.now == profile.id; });
    }
  }
  std::vector<ProfileId> homes() const {
    std::vector<ProfileId> all;
    for (const Member& member : members) all.push_back(*member.now);
    return all;
  }
};

RC_GTEST_PROP(SurvivalProperty, UndoingAMergeOfSingleProfilesGivesTheSameIdsBack, ()) {
  const Town town = any_town();
  const std::size_t records = town.names.size();
  std::vector<std::size_t> apart(records);
  std::iota(apart.begin(), apart.end(), std::size_t{0});
  Register people(records);
  people.regroup(apart);
  const auto before = people.homes();
  people.regroup(cluster(records, town.edges, town.contradicts()));
  people.regroup(apart);
  RC_ASSERT(people.homes() == before);
}

RC_GTEST_PROP(SurvivalProperty, EveryGroupHasOneProfileAndNoProfileTwoGroups, ()) {
  const Town town = any_town();
  const std::size_t records = town.names.size();
  Register people(records);
  people.regroup(cluster(records, town.edges, town.contradicts()));
  const auto fewer = std::vector<LinkEdge>(
      town.edges.begin(), town.edges.begin() + static_cast<std::ptrdiff_t>(town.edges.size() / 2));
  const auto groups = cluster(records, fewer, town.contradicts());
  people.regroup(groups);
  const auto homes = people.homes();
  for (std::size_t i = 0; i < records; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      RC_ASSERT((groups[i] == groups[j]) == (homes[i] == homes[j]));
    }
  }
}

}  // namespace
}  // namespace assent
