#include "membership_store.h"

#include <set>

#include "survival.h"

namespace assent {
namespace {

// Profiles of the records, now and before, with the state each is in.
constexpr StaticText kKnown = R"sql(
  SELECT wanted.id, p.profile_id, p.born_at, p.retired_at IS NULL, m.to_at IS NULL
    FROM unnest($1::uuid[]) AS wanted (id)
   CROSS JOIN LATERAL (SELECT profile_id, to_at FROM membership
                        WHERE record_id = wanted.id OFFSET 0) AS m
   CROSS JOIN LATERAL (SELECT * FROM profile WHERE profile_id = m.profile_id LIMIT 1) AS p
   WHERE m.to_at IS NULL OR p.retired_at IS NOT NULL
   ORDER BY p.born_at, p.profile_id
)sql";

struct Changes {
  std::vector<ProfileId> born, revived, retired, heirs, homes, left;
  std::vector<RecordId> movers, followed;
};

void write(Tx& tx, EventId leaf, const Changes& changes) {
  if (changes.movers.empty() && changes.retired.empty()) return;
  tx.post("SELECT store_memberships($1, $2, $3, $4, $5, $6, $7, $8, $9)",
          {leaf, tx.now(), Param::array(changes.born), Param::array(changes.revived),
           Param::array(changes.retired), Param::array(changes.heirs), Param::array(changes.movers),
           Param::array(changes.homes), Param::array(changes.followed)});
}

std::vector<Member> members_of(std::span<const RecordFacts> facts,
                               std::span<const std::size_t> groups) {
  std::vector<Member> members;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    members.push_back({facts[i].record, facts[i].created_at, groups[i], facts[i].profile, {}});
  }
  return members;
}

// Fills in what the records belonged to before, and answers every profile met.
std::vector<KnownProfile> load_profiles(Tx& tx, std::vector<Member>& members) {
  std::map<RecordId, Member*> by_record;
  std::vector<RecordId> ids;
  for (Member& member : members) {
    by_record[member.record] = &member;
    ids.push_back(member.record);
  }
  std::vector<KnownProfile> profiles;
  std::set<ProfileId> met;
  const Rows rows = tx.query(kKnown, {Param::array(ids)});
  for (const auto& row : rows) {
    const auto profile = row.id<ProfileId>(1);
    if (met.insert(profile).second) profiles.push_back({profile, row.time(2), row.flag(3)});
    if (!row.flag(4)) by_record.at(row.id<RecordId>(0))->before.push_back(profile);
  }
  return profiles;
}

void plan_component(Tx& tx, Random& random, std::vector<Member> members, Changes& changes) {
  MembershipPlan plan = plan_membership(members, load_profiles(tx, members));
  for (const std::size_t group : plan.born_for) {
    const ProfileId born{Uuid::v7(tx.now(), random)};
    plan.home[group] = born;
    changes.born.push_back(born);
  }
  changes.revived = plan.revived;
  for (const auto& [profile, group] : plan.retired) {
    changes.retired.push_back(profile);
    changes.heirs.push_back(plan.home.at(group));
  }
  for (const Member& member : members) {
    const ProfileId home = plan.home.at(member.group);
    if (member.now == home) continue;
    if (member.now) changes.left.push_back(*member.now);
    changes.movers.push_back(member.record);
    changes.homes.push_back(home);
    changes.followed.push_back(member.record);
  }
}

}  // namespace

MembershipChange store_membership(Tx& tx, EventId leaf, Random& random,
                                  std::span<const RecordFacts> facts,
                                  std::span<const std::size_t> groups,
                                  std::span<const RecordId> singles) {
  Changes changes;
  if (!facts.empty()) plan_component(tx, random, members_of(facts, groups), changes);
  for (const RecordId& single : singles) {
    const ProfileId born{Uuid::v7(tx.now(), random)};
    changes.born.push_back(born);
    changes.movers.push_back(single);
    changes.homes.push_back(born);
  }
  write(tx, leaf, changes);
  return {std::move(changes.movers), std::move(changes.left)};
}

}  // namespace assent
