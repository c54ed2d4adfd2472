#include <gtest/gtest.h>

#include <iostream>
#include <thread>

#include "rights/destruction_status.h"
#include "rights/key_destroyer.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

struct Crash {};

// Anna has asked to be erased; nobody has destroyed anything yet.
class KeyDestroyerTest : public ::testing::Test {
 protected:
  KeyDestroyerTest() {
    world.contacts("shop",
                   "1,Anna,Ivanova,anna@example.com,,,\n2,Boris,Ivanov,boris@example.com,,,\n");
    anna = world.copy_of(world.record("shop", "1"));
    const auto taken =
        world.service().request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"));
    if (!taken.ok()) throw std::runtime_error("not asked");
    request = taken->id;
  }
  // What the safe says of the request: rows of its act, tombstones of them.
  std::int64_t in_safe(StaticText sql) {
    Tx tx(world.safe, world.tenant);
    return tx.query(sql, {world.tenant})[0].integer(0);
  }
  std::int64_t destructions() {
    return in_safe("SELECT count(*) FROM destruction WHERE tenant = $1");
  }
  std::int64_t tombstones() { return in_safe("SELECT count(*) FROM tombstone WHERE tenant = $1"); }
  template <class Refused>
  ErrorCode refused(Database& role, Refused sql) {
    const auto done = in_tx(role, world.tenant, [&](Tx& tx) -> Status {
      tx.exec(sql);
      return Unit{};
    });
    EXPECT_FALSE(done.ok()) << sql.view();
    return done.ok() ? ErrorCode::kInvalid : done.error().code;
  }

  RightsWorld world;
  RightsWorld::Copy anna;
  RequestId request;
};

TEST_F(KeyDestroyerTest, WithoutItAnErasureIsRefusedToEveryReadAndWaits) {
  const EraseWorker worker(world.rights());
  for (int round = 0; round < 2; ++round) {
    const auto done = worker.run_once(world.tenant);
    ASSERT_TRUE(done.ok());
    EXPECT_FALSE(done->failed);
    EXPECT_EQ(done->waiting_for_keys, 1U);
    EXPECT_EQ(done->erased, 0U);
  }
  EXPECT_EQ(world.first_name(world.record("shop", "1")), "");
  EXPECT_TRUE(world.opens_with_a_key_left(anna)) << "so that what follows can fail";
  EXPECT_EQ(world.leaves()[AuditEvent::kKeyDestroyed], 0);

  world.destroy_keys();
  EXPECT_FALSE(world.opens_with_a_key_left(anna));
  world.finish_erasures();
  EXPECT_TRUE(world.service().certificate(world.tenant, world.act, request).ok());
}

TEST_F(KeyDestroyerTest, ItDestroysWhatIsNamedAndNothingElse) {
  const auto keys = [&] { return in_safe("SELECT count(*) FROM subject_key WHERE tenant = $1"); };
  const auto before = keys();
  EXPECT_EQ(world.destroy_keys().units.at(world.tenant), 1U);
  EXPECT_EQ(keys(), before - 1);
  EXPECT_EQ(destructions(), 1);
  EXPECT_EQ(tombstones(), 1);
  EXPECT_FALSE(world.destroy_keys().units.contains(world.tenant)) << "again is nothing";
  EXPECT_EQ(world.first_name(world.record("shop", "2")), "Boris");
}

TEST_F(KeyDestroyerTest, ADeathAnywhereLeavesAllOrNothingAndTheNextFinishesIt) {
  for (const StaticText point : KeyDestroyer::kFaultPoints) {
    bool reached = false;
    const KeyDestroyer dying(world.destroyer_of_data, world.key_destroyer, [&](StaticText at) {
      if (at != point || reached) return;
      reached = true;
      throw Crash{};
    });
    EXPECT_THROW(static_cast<void>(dying.run_once()), Crash) << point.view();
    ASSERT_TRUE(reached) << point.view();
    const bool is_done = point == StaticText("destroy.after_keys");
    EXPECT_EQ(world.opens_with_a_key_left(anna), !is_done) << point.view();
    EXPECT_EQ(destructions(), is_done ? 1 : 0) << point.view();
    EXPECT_EQ(tombstones(), destructions()) << point.view();
  }
  world.finish_erasures();
  EXPECT_EQ(world.leaves()[AuditEvent::kKeyDestroyed], 1);
  EXPECT_EQ(world.leaves_of(AuditEvent::kKeyDestroyed).front().result_count, 1U);
  std::cout << std::size(KeyDestroyer::kFaultPoints) << " fault points\n";
}

TEST_F(KeyDestroyerTest, SeveralAtOnceDestroyEachUnitOnce) {
  std::atomic<std::size_t> units = 0;
  {
    std::vector<std::jthread> several;
    for (int i = 0; i < 4; ++i) {
      several.emplace_back([&] {
        const auto round = world.destroy_keys();
        if (round.units.contains(world.tenant)) units += round.units.at(world.tenant);
      });
    }
  }
  EXPECT_EQ(units, 1U);
  EXPECT_EQ(destructions(), 1);
}

// A restore names again what an earlier act destroyed: the new act has its row, the old tombstone
// stays.
TEST_F(KeyDestroyerTest, AUnitWhoseKeysWereGoneIsOfTheNewActToo) {
  world.finish_erasures();
  const Uuid again = Uuid::v4(world.random);
  const auto named = in_tx(world.eraser, world.tenant, [&](Tx& tx) -> Status {
    Leaf leaf = leaf_of(world.act, AuditEvent::kEraseRequested);
    tx.exec("SELECT begin_sweep($1, $2, $3, $4, $5)",
            {world.journal.append(tx, leaf), tx.now(), again, std::int16_t{3},
             Param::array(std::vector<Uuid>{anna.record.value})});
    return Unit{};
  });
  ASSERT_TRUE(named.ok());
  world.destroy_keys();
  EXPECT_EQ(destructions(), 2);
  EXPECT_EQ(tombstones(), 1);
  EXPECT_EQ(in_safe("SELECT keys FROM tombstone WHERE tenant = $1"), 1) << "as it was destroyed";
}

// What a request takes along is decided with it, whatever the policy says when the keys go.
TEST(DestroyedEvidenceTest, WhetherEvidenceGoesIsDecidedWithTheRequest) {
  for (const bool takes_it : {true, false}) {
    RightsWorld world;
    world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
    const std::vector<Uuid> anna{world.record("shop", "1").value};
    ASSERT_TRUE(world.keys.create(world.tenant, anna, KeyPurpose::kConsentEvidence).ok());
    const RetentionPolicy shipped = world.retention;
    const RetentionPolicy other = world.without_evidence();
    world.retention = takes_it ? other : shipped;
    const auto taken =
        world.service().request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"));
    ASSERT_TRUE(taken.ok());
    world.retention = takes_it ? shipped : other;
    world.finish_erasures();
    const auto left = world.keys.fetch(world.tenant, anna, KeyPurpose::kConsentEvidence);
    ASSERT_TRUE(left.ok());
    EXPECT_EQ(left->size(), takes_it ? 0U : 1U);
    const auto leaf = world.leaves_of(AuditEvent::kKeyDestroyed).front();
    EXPECT_EQ(leaf.result_count, takes_it ? 2U : 1U);
  }
}

// The server's roles may name, but not anything: who lives, and the tenant's own keys, stay.
TEST_F(KeyDestroyerTest, NobodyNamesWhatIsNotToGo) {
  const std::vector<Uuid> boris{world.record("shop", "2").value};
  const std::vector<Uuid> tenant{world.tenant.value};
  const auto sweep = [&](std::int16_t kind, const std::vector<Uuid>& units) {
    return in_tx(world.eraser, world.tenant, [&](Tx& tx) -> Status {
      tx.exec("SELECT begin_sweep($1, $2, $3, $4, $5)",
              {world.journal.append(tx, leaf_of(world.act, AuditEvent::kEraseRequested)), tx.now(),
               Uuid::v4(world.random), kind, Param::array(units)});
      return Unit{};
    });
  };
  for (const std::vector<Uuid>& units : {boris, tenant}) {
    for (const std::int16_t kind : {std::int16_t{3}, std::int16_t{5}, std::int16_t{1}}) {
      EXPECT_EQ(sweep(kind, units).error().code, ErrorCode::kInvalid);
    }
    const auto asked = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
      const EventId leaf =
          world.journal.append(tx, leaf_of(world.act, AuditEvent::kEraseRequested));
      tx.exec("SELECT begin_erasure($1, $2, $3, $3, '{}', $4, '{}', true)",
              {leaf, tx.now(), Uuid::v4(world.random), Param::array(units)});
      return Unit{};
    });
    EXPECT_EQ(asked.error().code, ErrorCode::kInvalid);
  }
}

TEST_F(KeyDestroyerTest, TheServersRolesDeleteNoKeyAndMakeNoTombstone) {
  for (Database* role : {&world.safe, &world.rewrapper, &world.follower}) {
    EXPECT_EQ(refused(*role, StaticText("DELETE FROM subject_key")), ErrorCode::kDenied);
    EXPECT_EQ(refused(*role, StaticText("DELETE FROM destruction")), ErrorCode::kDenied);
    EXPECT_EQ(refused(*role, StaticText("INSERT INTO destruction SELECT tenant, subject, subject, "
                                        "now() FROM tombstone")),
              ErrorCode::kDenied);
  }
}

TEST_F(KeyDestroyerTest, WhatItIsToDoCannotBeChangedByTheAppAndItsRoleSeesNothingElse) {
  for (const StaticText sql : {StaticText("UPDATE pending_shred SET with_evidence = true"),
                               StaticText("DELETE FROM pending_shred")}) {
    EXPECT_EQ(refused(world.data, sql), ErrorCode::kDenied);
    EXPECT_EQ(refused(world.destroyer_of_data, sql), ErrorCode::kDenied);
  }
  for (const StaticText sql :
       {StaticText("SELECT record_id FROM record"), StaticText("SELECT request_id FROM request"),
        StaticText("SELECT asked_at FROM pending_shred"),
        StaticText("SELECT leaf FROM audit_leaf")}) {
    EXPECT_EQ(refused(world.destroyer_of_data, sql), ErrorCode::kDenied) << sql.view();
  }
  for (const StaticText sql :
       {StaticText("SELECT wrapped FROM subject_key"), StaticText("SELECT token_hash FROM token"),
        StaticText("SELECT body FROM denial"), StaticText("UPDATE subject_key SET kek_epoch = 1"),
        StaticText("DELETE FROM tombstone"), StaticText("UPDATE destruction SET act = subject")}) {
    EXPECT_EQ(refused(world.key_destroyer, sql), ErrorCode::kDenied) << sql.view();
  }
}

TEST_F(KeyDestroyerTest, WhatWaitsForItIsCountedWithItsAge) {
  const Timestamp asked = world.clock.now();
  world.clock.advance_days(1);
  const auto waiting = destruction_status(world.rights(), world.tenant);
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(waiting->waiting, 1U);
  EXPECT_EQ(waiting->since, asked);
  world.destroy_keys();
  const auto done = destruction_status(world.rights(), world.tenant);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->waiting, 0U) << "though the rows are still named";
  EXPECT_FALSE(done->since);
}

}  // namespace
}  // namespace assent
