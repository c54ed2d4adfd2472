#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "identity/profile_facts.h"
#include "tests/segments/people.h"

namespace assent {
namespace {

// What the engine itself says today about everybody in the segment.
struct Reference {
  std::set<ProfileId> permitted;
  ReasonCounts denied;
};

Reference ask_engine(People& people) {
  Tx tx(people.world.data, people.world.tenant);
  std::vector<ProfileId> profiles;
  const Rows rows = tx.query("SELECT profile_id FROM segment_profiles(NULL, '2026-05-25')");
  for (const auto& row : rows) profiles.push_back(row.id<ProfileId>(0));
  const auto facts = must(person_facts(tx, profiles));
  std::map<ProfileId, Reason> best;
  for (const ProfileId profile : profiles) best[profile] = Reason::kNoContactPoint;
  for (const PermitRow& row : must(people.permits.derive(tx, facts))) {
    if (row.channel != Channel::kEmail) continue;
    best[row.profile] = std::min(best[row.profile], row.permitted ? Reason::kOk : row.reason);
  }
  Reference reference;
  for (const auto& [profile, reason] : best) {
    if (reason == Reason::kOk) {
      reference.permitted.insert(profile);
    } else {
      ++reference.denied[reason];
    }
  }
  return reference;
}

std::set<ProfileId> members(People& people, ReleaseId release) {
  Tx tx(people.world.data, people.world.tenant);
  std::set<ProfileId> found;
  const Rows rows =
      tx.query("SELECT profile_id FROM release_member WHERE release_id = $1", {release});
  for (const auto& row : rows) found.insert(row.id<ProfileId>(0));
  return found;
}

// Families and strangers, who share e-mails and phones now and then.
std::vector<NewPerson> population(std::mt19937& dice) {
  std::vector<NewPerson> people;
  for (int i = 0; i < 25; ++i) {
    NewPerson person;
    person.first_name = dice() % 2 == 0 ? "Anna" : "Boris";
    if (dice() % 5 != 0) person.email = "m" + std::to_string(dice() % 20) + "@example.com";
    if (dice() % 3 == 0) person.phone = "+491511234567" + std::to_string(dice() % 10);
    if (dice() % 3 == 0) person.said = NewPerson::Said::kNothing;
    person.country = std::array{"DE", "FR", "RU"}[dice() % 3];
    people.push_back(std::move(person));
  }
  return people;
}

void live_on(People& people, const std::vector<RecordId>& records, std::mt19937& dice) {
  std::set<RecordId> gone;  // Erased: they say nothing any more.
  for (int i = 0; i < 12; ++i) {
    people.world.clock.advance_us(3'600 * kSecondUs * (1 + dice() % 30));
    const RecordId record = records[dice() % records.size()];
    if (gone.contains(record)) continue;
    switch (dice() % 7) {
      case 0:
        people.say(record, ConsentAction::kWithdraw, dice() % 2);
        break;
      case 1:
        people.say(record, ConsentAction::kObject, dice() % 2);
        break;
      case 2:
        people.say(record, ConsentAction::kGive, dice() % 2);
        break;
      case 3:
        people.say(record, ConsentAction::kRequest, 1);
        break;
      case 4:
        people.suppress_email("m" + std::to_string(dice() % 20) + "@example.com");
        break;
      case 5:
        people.restrict(record);
        break;
      case 6:
        people.set_state(record, 1);
        people.refresh({record});
        gone.insert(record);
        break;
    }
  }
}

class GateProperty : public ::testing::TestWithParam<unsigned> {};

TEST_P(GateProperty, TheGatePermitsExactlyWhomTheEnginePermits) {
  std::mt19937 dice(GetParam());
  People people;
  people.register_recipient(People::mailer());
  const auto records = people.add(population(dice));
  live_on(people, records, dice);
  const OpenedRelease release = people.must_open();
  const Reference reference = ask_engine(people);
  EXPECT_EQ(members(people, release.id), reference.permitted);
  EXPECT_EQ(release.funnel.denied, reference.denied);
  std::int64_t denied = 0;
  for (const auto& [reason, count] : release.funnel.denied) denied += count;
  EXPECT_EQ(release.funnel.matched, release.funnel.permitted + denied);
}
INSTANTIATE_TEST_SUITE_P(Seeds, GateProperty, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace assent
