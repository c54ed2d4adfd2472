#include <algorithm>
#include <random>

#include "consent/engine.h"
#include "tests/consent/consent_world.h"

// Merging and unmerging as permits see it: the same records, told as one profile or as several.
namespace assent {
namespace {

constexpr int kRecords = 24;
constexpr int kAddresses = 10;
// Mostly such as may be written to, so that a merge has something to take away.
const std::optional<std::string> kCountries[] = {"DE", "DE", "DE", "US", "FR", "RU", std::nullopt};
const std::optional<int> kAges[] = {40, 40, 40, 15, std::nullopt};

class PermitPropertyTest : public ::testing::Test {
 protected:
  PermitPropertyTest() {
    for (int i = 0; i < kRecords; ++i) {
      records.push_back(world.new_record());
      tags.push_back(tag_of(static_cast<std::uint8_t>(1 + roll(kAddresses))));
      profiles.push_back({Uuid::v7(world.clock, world.random)});
      countries.push_back(kCountries[static_cast<std::size_t>(roll(std::size(kCountries)))]);
      ages.push_back(kAges[static_cast<std::size_t>(roll(std::size(kAges)))]);
    }
    tell_random_stories();
  }

  int roll(int n) { return static_cast<int>(dice() % static_cast<unsigned>(n)); }

  void tell_random_stories() {
    for (int i = 0; i < kRecords; ++i) {
      if (roll(3) > 0) world.give_both_keys(records[i], tags[i]);
    }
    std::vector<ConsentEvent> events;
    std::vector<std::int32_t> positions;
    for (int i = 0; i < kRecords; ++i) {
      const int who = roll(kRecords);
      world.wait_hours(12);
      ConsentEvent e = world.event(
          records[who], static_cast<ConsentAction>(roll(8)), static_cast<std::uint8_t>(roll(3)),
          roll(2) == 0 ? std::nullopt : std::optional(tags[who]), "story " + std::to_string(i));
      e.by_verified_holder = roll(3) == 0;
      events.push_back(e);
      positions.push_back(i);
    }
    world.must([&](Tx& tx) {
      const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
      return world.ledger.store(tx, leaf, events, positions);
    });
  }

  PersonFacts profile_of(std::vector<int> members) {
    PersonFacts p;
    p.profile = profiles[members.front()];
    for (int i : members) {
      p.records.push_back(records[i]);
      p.says.push_back({records[i], countries[i], ages[i]});
    }
    for (int i : members) {
      ContactPoint contact{records[i], kEmailIndex, tags[i], false, {}};
      for (int other = 0; other < kRecords; ++other) {
        const bool own = std::ranges::find(members, other) != members.end();
        if (!own && tags[other] == tags[i]) contact.other_holders.push_back(records[other]);
      }
      p.contacts.push_back(contact);
    }
    return p;
  }

  std::vector<PermitRow> rebuild(const std::vector<PersonFacts>& people) {
    return world.must([&](Tx& tx) -> Result<std::vector<PermitRow>> {
      if (auto done = deriver.rebuild(tx, people); !done.ok()) return done.error();
      return PermitDeriver::stored(tx, profiles);
    });
  }
  std::vector<PersonFacts> everybody_alone() {
    std::vector<PersonFacts> people;
    for (int i = 0; i < kRecords; ++i) people.push_back(profile_of({i}));
    return people;
  }
  // Record `b` joins the profile of `a`; its own profile ends.
  std::vector<PersonFacts> merged(int a, int b) {
    PersonFacts ended;
    ended.profile = profiles[b];
    return {profile_of({a, b}), ended};
  }

  std::mt19937 dice{20261121};
  ConsentWorld world{"DE", {"DE"}};
  PermitDeriver deriver{
      shipped_policies(),
      {country("DE"), {country("DE"), country("FR"), country("US")}, country("DE")}};
  std::vector<RecordId> records;
  std::vector<Tag16> tags;
  std::vector<ProfileId> profiles;
  std::vector<std::optional<std::string>> countries;
  std::vector<std::optional<int>> ages;
};

std::vector<std::pair<RecordId, Tag16>> permitted(const std::vector<PermitRow>& rows) {
  std::vector<std::pair<RecordId, Tag16>> yes;
  for (const PermitRow& row : rows) {
    if (row.permitted) yes.emplace_back(row.record, row.contact);
  }
  std::ranges::sort(yes);
  return yes;
}

TEST_F(PermitPropertyTest, AMergeOnlyRestrictsAndUnmergeRestoresEveryByte) {
  const auto alone = rebuild(everybody_alone());
  ASSERT_FALSE(permitted(alone).empty());
  ASSERT_LT(permitted(alone).size(), alone.size());
  int restricted = 0;
  for (int round = 0; round < 40; ++round) {
    const int a = roll(kRecords);
    const int b = (a + 1 + roll(kRecords - 1)) % kRecords;
    const auto before = permitted(alone);
    const auto after = permitted(rebuild(merged(a, b)));
    EXPECT_TRUE(std::ranges::includes(before, after)) << "records " << a << " and " << b;
    restricted += after.size() < before.size() ? 1 : 0;
    EXPECT_EQ(rebuild({profile_of({a}), profile_of({b})}), alone);
  }
  EXPECT_GT(restricted, 0);
}

TEST_F(PermitPropertyTest, ARebuildInAnyOrderAndBatchGivesTheSameBytes) {
  std::vector<PersonFacts> people = everybody_alone();
  const auto once = rebuild(people);
  for (int round = 0; round < 5; ++round) {
    std::ranges::shuffle(people, dice);
    std::vector<PermitRow> rows;
    for (std::size_t at = 0; at < people.size(); at += 5) {
      const std::size_t end = std::min(people.size(), at + 5);
      rows = rebuild({people.begin() + static_cast<std::ptrdiff_t>(at),
                      people.begin() + static_cast<std::ptrdiff_t>(end)});
    }
    EXPECT_EQ(rows, once);
  }
}

TEST_F(PermitPropertyTest, WhatTheTableHoldsIsWhatTheEngineSaid) {
  const std::vector<PersonFacts> people = everybody_alone();
  const auto stored = rebuild(people);
  const auto derived = world.must([&](Tx& tx) { return deriver.derive(tx, people); });
  EXPECT_EQ(stored, derived);
}

}  // namespace
}  // namespace assent
