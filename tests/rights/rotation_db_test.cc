#include <iostream>
#include <thread>

#include "tests/rights/rotation_world.h"

namespace assent {
namespace {

struct Crash {};
using Named = std::multiset<std::pair<std::uint32_t, int>>;

class RotationTest : public ::testing::Test {
 protected:
  // Dies at the first such point, if it is reached.
  FaultPoint dying_at(StaticText point) {
    return [this, point](StaticText at) {
      if (at != point) return;
      ++deaths;
      throw Crash{};
    };
  }
  std::int64_t ledger_keys() {
    Tx tx(world.safe, world.tenant);
    return tx.query("SELECT count(*) FROM subject_key WHERE purpose <> 0 AND dek_version > 1")[0]
        .integer(0);
  }
  RotationWorld world;
  int deaths = 0;
};

TEST_F(RotationTest, EverythingOfTheRecordIsUnderTheNewKeyAndReadsAsBefore) {
  const Resealed done = world.rotate(world.anna.value);
  EXPECT_EQ(done.values, 3U);  // Two versions of the record, one sealed detail of the log.
  EXPECT_EQ(done.version, 2U);
  EXPECT_EQ(world.named(world.anna.value), (Named{{2, 1}, {2, 1}, {2, 1}}));
  EXPECT_EQ(world.versions(world.anna.value), (std::set<std::int64_t>{1, 2}));
  EXPECT_EQ(world.first_name(world.anna), "Anna");
  EXPECT_TRUE(world.everything_opens());
  EXPECT_EQ(world.named(world.boris.value), (Named{{1, 1}})) << "and nobody else's";
  EXPECT_EQ(ledger_keys(), 0) << "only the key for fields";
}

TEST_F(RotationTest, ItIsOneEntryWithTheRecordAsItsSubject) {
  const EventId leaf = world.rotate(world.anna.value).leaf;
  const auto told = world.leaves_of(AuditEvent::kRecordKeysRotated);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].id, leaf);
  EXPECT_EQ(told[0].result_count, 1U);
  Tx tx(world.data, world.tenant);
  const Rows subject =
      tx.query("SELECT subject_ref FROM record WHERE record_id = $1", {world.anna});
  EXPECT_EQ(told[0].subject.value, subject[0].uuid(0));
  EXPECT_NE(told[0].record_hash, Hash32{});
  EXPECT_EQ(tx.query("SELECT count(*) FROM removed_row WHERE by_leaf = $1", {leaf})[0].integer(0),
            2);
}

TEST_F(RotationTest, ARejectedRowAndAnOrganisationAreKeyedUnitsToo) {
  for (const Uuid& unit : {world.company(), world.reject()}) {
    EXPECT_EQ(world.rotate(unit).version, 2U);
    EXPECT_EQ(world.named(unit), (Named{{2, 1}}));
    EXPECT_EQ(world.rotate(unit).version, 3U);
  }
  EXPECT_TRUE(world.everything_opens());
}

TEST_F(RotationTest, WhatComesAfterwardsIsUnderTheNewKey) {
  world.rotate(world.boris.value);
  world.contacts("shop", "2,Boris,Orlov,boris@example.com,+79990000002,1981-02-03,\n");
  EXPECT_EQ(world.named(world.boris.value), (Named{{2, 1}, {2, 1}}));
  EXPECT_TRUE(world.everything_opens());
}

TEST_F(RotationTest, NobodyIsNotToldFromTheErased) {
  const auto erased = world.anna;
  world.erase(RightsWorld::by_email("anna@example.com"));
  for (const Uuid& unit : {erased.value, Uuid::v4(world.random)}) {
    const auto refused = world.resealer().rotate(world.tenant, world.act, unit);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  }
  EXPECT_TRUE(world.versions(erased.value).empty());
}

TEST_F(RotationTest, WhoIsBeingErasedGetsNoKeyAnyMore) {
  ASSERT_TRUE(world.service()
                  .request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"))
                  .ok());
  EXPECT_FALSE(world.resealer().rotate(world.tenant, world.act, world.anna.value).ok());
  EXPECT_EQ(world.versions(world.anna.value), (std::set<std::int64_t>{1}));
  world.finish_erasures();
  EXPECT_TRUE(world.versions(world.anna.value).empty());
}

TEST_F(RotationTest, AnErasureEndsEveryVersion) {
  const auto before = world.copy_of(world.anna);
  world.rotate(world.anna.value);
  const auto after = world.copy_of(world.anna);
  EXPECT_TRUE(world.opens_with_a_key_left(before)) << "so that this test can fail";
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_FALSE(world.opens_with_a_key_left(before));
  EXPECT_FALSE(world.opens_with_a_key_left(after));
  EXPECT_EQ(world.leaves_of(AuditEvent::kKeyDestroyed).front().result_count, 2U);
}

// The safe itself: no version for who is erased, none out of order, none twice.
TEST_F(RotationTest, TheSafeTakesOnlyTheNextVersionOfALivingKey) {
  const auto held = world.keys.fetch(world.tenant, {&world.anna.value, 1}, KeyPurpose::kFields);
  const auto renew = [&] {
    return world.keys.renew(world.tenant, {&world.anna.value, 1}, KeyPurpose::kFields, *held);
  };
  ASSERT_TRUE(renew().ok());
  EXPECT_EQ(renew().error().code, ErrorCode::kConflict);
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_EQ(renew().error().code, ErrorCode::kInvalid);
}

TEST_F(RotationTest, ADeathAtAnyPointIsFinishedByTheSameCommand) {
  for (const StaticText point : Resealer::kFaultPoints) {
    SCOPED_TRACE(point.view());
    EXPECT_THROW(
        static_cast<void>(
            world.resealer(dying_at(point)).rotate(world.tenant, world.act, world.anna.value)),
        Crash);
    EXPECT_TRUE(world.everything_opens());
    EXPECT_EQ(world.first_name(world.anna), "Anna");
    const Resealed done = world.rotate(world.anna.value);
    EXPECT_EQ(world.named(world.anna.value).count({done.version, 1}), 3U);
    EXPECT_TRUE(world.everything_opens());
  }
  EXPECT_EQ(deaths, static_cast<int>(std::size(Resealer::kFaultPoints)));
  std::cout << deaths << " deaths of " << std::size(Resealer::kFaultPoints) << " fault points\n";
}

// What an import wrote between the death and the second try stands under the version that was made.
TEST_F(RotationTest, ARotationThatDiedIsFinishedOverWhatWasWrittenSince) {
  EXPECT_THROW(static_cast<void>(world.resealer(dying_at("reseal.keys_stored"))
                                     .rotate(world.tenant, world.act, world.boris.value)),
               Crash);
  world.contacts("shop", "2,Boris,Orlov,boris@example.com,+79990000002,1981-02-03,\n");
  EXPECT_EQ(world.named(world.boris.value), (Named{{1, 1}, {2, 1}}));
  EXPECT_TRUE(world.everything_opens());
  EXPECT_EQ(world.rotate(world.boris.value).version, 2U);
  EXPECT_EQ(world.named(world.boris.value), (Named{{2, 1}, {2, 1}}));
}

TEST_F(RotationTest, AValueThatDoesNotOpenStopsTheRotationOfItsRecordAlone) {
  ASSERT_TRUE(in_tx(world.owner, world.tenant, [&](Tx& tx) -> Status {
                tx.exec(
                    "UPDATE record_version SET fields = set_byte(fields, length(fields) - 1, "
                    "get_byte(fields, length(fields) - 1) # 1) WHERE record_id = $1",
                    {world.boris});
                return Unit{};
              }).ok());
  const auto refused = world.resealer().rotate(world.tenant, world.act, world.boris.value);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(world.named(world.boris.value), (Named{{1, 1}}));
  EXPECT_TRUE(world.leaves_of(AuditEvent::kRecordKeysRotated).empty());
  EXPECT_EQ(world.rotate(world.anna.value).version, 2U);
}

// A new column of sealed values joins by itself, or stops whoever rotates.
TEST_F(RotationTest, AColumnThatDoesNotSayWhereItsValuesBelongStopsEverybody) {
  Tx tx(world.owner, world.tenant);
  tx.exec("CREATE TABLE forgotten (tenant uuid, value cdp_enc)");
  EXPECT_THROW(tx.query("SELECT * FROM sealed_columns()"), DbError);
}

TEST_F(RotationTest, BesideImportsReadsAndAnErasureNothingIsLost) {
  std::atomic<bool> stop = false;
  std::atomic<int> unread = 0;
  std::jthread rotating([&] {
    for (int i = 0; i < 20; ++i) {
      for (const Uuid& unit : {world.anna.value, world.boris.value}) {
        const auto done = world.resealer().rotate(world.tenant, world.act, unit);
        if (!done.ok()) {
          EXPECT_EQ(done.error().code, ErrorCode::kNotFound);
        }
      }
    }
    stop = true;
  });
  std::jthread reading([&] {
    while (!stop) unread += world.first_name(world.boris) != "Boris";
  });
  for (int i = 0; i < 5; ++i) {
    world.contacts("shop", "2,Boris,Orlov" + std::to_string(i) +
                               ",boris@example.com,+79990000002,1981-02-03,\n");
    if (i == 2) world.erase(RightsWorld::by_email("anna@example.com"));
  }
  rotating.join();
  reading.join();
  EXPECT_EQ(unread, 0);
  EXPECT_TRUE(world.everything_opens());
  EXPECT_TRUE(world.versions(world.anna.value).empty());
  EXPECT_EQ(world.named(world.boris.value).size(), 6U);
}

// --- Another suite

class SuiteTest : public RotationTest {
 protected:
  Resealer to_suite_two(
      FaultPoint at = [](StaticText) {}, std::size_t batch = 2) {
    return Resealer(world.data, committing, world.journal, world.random, std::move(at), batch);
  }
  Result<Resealed> reseal(FaultPoint at = [](StaticText) {}) {
    return to_suite_two(std::move(at))
        .reseal_other_suites(world.tenant, world.act,
                             [this](std::uint64_t units) { told = units; });
  }
  std::int64_t values_in_suite_one() {
    return world.count(
        "SELECT coalesce(sum(sealed), 0)::bigint FROM count_sealed() "
        "WHERE key_purpose = 0 AND suite = 1");
  }
  KeyStore committing{world.safe, *world.keyring, world.random, Suite::kCommitting};
  std::uint64_t told = 0;
};

TEST_F(SuiteTest, EveryUnitGoesOverAndReadsAsBefore) {
  EXPECT_EQ(*to_suite_two().left_in_other_suites(world.tenant), 4U);
  const auto done = reseal();
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->units, 4U);
  EXPECT_EQ(told, 4U);
  EXPECT_EQ(values_in_suite_one(), 0);
  EXPECT_EQ(world.named(world.anna.value), (Named{{2, 2}, {2, 2}, {2, 2}}));
  EXPECT_EQ(world.first_name(world.anna), "Anna");
  EXPECT_TRUE(world.everything_opens());
  EXPECT_EQ(reseal()->units, 0U) << "again is nothing";
  EXPECT_EQ(world.leaves_of(AuditEvent::kRecordKeysRotated).size(), 2U) << "one a batch";
}

TEST_F(SuiteTest, ADeathAtAnyPointGoesOnWhereItWas) {
  for (const StaticText point : Resealer::kFaultPoints) {
    EXPECT_THROW(static_cast<void>(reseal(dying_at(point))), Crash) << point.view();
    EXPECT_TRUE(world.everything_opens());
  }
  ASSERT_TRUE(reseal().ok());
  EXPECT_EQ(values_in_suite_one(), 0);
  EXPECT_TRUE(world.everything_opens());
  for (const Uuid& unit : {world.anna.value, world.boris.value, world.company(), world.reject()}) {
    EXPECT_LE(world.versions(unit).size(), 2U) << "no version is made twice";
  }
}

TEST_F(SuiteTest, TwoAtOnceRotateEachUnitOnce) {
  {
    std::vector<std::jthread> both;
    for (int i = 0; i < 2; ++i) {
      both.emplace_back([&] {
        EXPECT_TRUE(to_suite_two({[](StaticText) {}}, 1)
                        .reseal_other_suites(world.tenant, world.act, [](std::uint64_t) {})
                        .ok());
      });
    }
  }
  EXPECT_EQ(world.leaves_of(AuditEvent::kRecordKeysRotated).size(), 4U);
  EXPECT_EQ(world.versions(world.anna.value), (std::set<std::int64_t>{1, 2}));
}

TEST_F(SuiteTest, TheHeaderPicksTheSuiteWhateverIsConfigured) {
  ASSERT_TRUE(reseal().ok());
  EXPECT_EQ(world.first_name(world.boris), "Boris");  // Through a store that seals in suite 1.
  world.contacts("shop", "2,Boris,Orlov,boris@example.com,+79990000002,1981-02-03,\n");
  EXPECT_EQ(world.named(world.boris.value), (Named{{2, 1}, {2, 2}}));
  EXPECT_TRUE(world.everything_opens());
}

}  // namespace
}  // namespace assent
