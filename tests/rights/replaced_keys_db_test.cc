#include <array>
#include <fstream>
#include <iostream>
#include <sstream>

#include "audit/commitments.h"
#include "tests/rights/rotation_world.h"

namespace assent {
namespace {

struct Crash {};
using Versions = std::set<std::int64_t>;

class ReplacedKeysTest : public ::testing::Test {
 protected:
  ReplacedReport end() {
    const ReplacedKeys replaced(world.rights());
    const auto named = replaced.name_due(world.tenant);
    if (!named.ok()) throw std::runtime_error(std::string(named.error().reason.view()));
    world.destroy_keys();
    const auto report = replaced.finish(world.tenant);
    if (!report.ok()) throw std::runtime_error(std::string(report.error().reason.view()));
    return *report;
  }
  void wait_for_the_term() { world.clock.advance_days(*world.retention.replaced_key_days() + 1); }
  std::vector<Leaf> told() {
    auto leaves = world.leaves_of(AuditEvent::kRecordKeysRotated);
    std::erase_if(leaves, [](const Leaf& leaf) { return leaf.object_kind != ObjectKind::kKey; });
    return leaves;
  }
  std::int64_t tombstones() {
    Tx tx(world.safe, world.tenant);
    return tx.query("SELECT count(*) FROM tombstone")[0].integer(0);
  }
  RotationWorld world;
};

TEST_F(ReplacedKeysTest, AReplacedVersionEndsWithItsTermAndNotBefore) {
  const auto old_key = world.keys.fetch(world.tenant, {&world.anna.value, 1}, KeyPurpose::kFields);
  world.rotate(world.anna.value);
  world.clock.advance_days(*world.retention.replaced_key_days() - 1);
  EXPECT_EQ(end().keys, 0U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{1, 2}));
  world.clock.advance_days(2);
  EXPECT_EQ(end().keys, 1U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{2}));
  EXPECT_EQ(world.first_name(world.anna), "Anna");
  const auto leaves = told();
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].result_count, 1U);
  const KeyName name{world.tenant.value, world.anna.value, 1, KeyPurpose::kFields};
  const std::array<Hash32, 1> gone{key_commitment(*old_key->find(world.anna.value), name)};
  EXPECT_EQ(leaves[0].record_hash, keys_destroyed_hash(gone));
  EXPECT_EQ(end().units, 0U) << "once";
}

TEST_F(ReplacedKeysTest, TheUnitIsNotErasedByIt) {
  world.rotate(world.anna.value);
  wait_for_the_term();
  end();
  EXPECT_EQ(tombstones(), 0);
  EXPECT_EQ(world.rotate(world.anna.value).version, 3U);
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_TRUE(world.versions(world.anna.value).empty());
  EXPECT_EQ(tombstones(), 1);
}

TEST_F(ReplacedKeysTest, SeveralRotationsEndEachWithItsOwnTerm) {
  world.rotate(world.anna.value);
  world.clock.advance_days(100);
  world.rotate(world.anna.value);
  world.clock.advance_days(*world.retention.replaced_key_days() - 99);
  EXPECT_EQ(end().keys, 1U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{2, 3}));
  world.clock.advance_days(100);
  EXPECT_EQ(end().keys, 1U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{3}));
}

// Somebody who had the old key in hand wrote after the rotation.
TEST_F(ReplacedKeysTest, WhatCameUnderTheOldVersionIsSealedAnewFirst) {
  world.rotate(world.anna.value);
  world.keep_detail(world.anna, 1);
  ASSERT_EQ(world.named(world.anna.value).count({1, 1}), 1U);
  wait_for_the_term();
  EXPECT_EQ(end().keys, 1U);
  EXPECT_EQ(world.named(world.anna.value).count({2, 1}), 4U);
  EXPECT_TRUE(world.everything_opens());
}

TEST_F(ReplacedKeysTest, WhatDoesNotOpenKeepsItsKeyAndHoldsUpNobody) {
  world.rotate(world.anna.value);
  world.rotate(world.boris.value);
  world.keep_detail(world.anna, 1);
  ASSERT_TRUE(in_tx(world.owner, world.tenant, [](Tx& tx) -> Status {
                tx.exec(
                    "UPDATE audit_detail SET sealed = set_byte(sealed, length(sealed) - 1, "
                    "get_byte(sealed, length(sealed) - 1) # 1) "
                    "WHERE sealed_version(sealed, false) = 1");
                return Unit{};
              }).ok());
  wait_for_the_term();
  EXPECT_EQ(end().keys, 1U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{1, 2}));
  EXPECT_EQ(world.versions(world.boris.value), (Versions{2}));
}

TEST_F(ReplacedKeysTest, PostgresEndsNoVersionThatAValueNames) {
  world.rotate(world.anna.value);
  world.keep_detail(world.anna, 1);
  Tx tx(world.eraser, world.tenant);
  EXPECT_THROW(tx.query("SELECT name_replaced_keys($1, $2, $3)",
                        {Uuid::v4(world.random), Param::array(std::vector<Uuid>{world.anna.value}),
                         Param::array(std::vector<std::int32_t>{2})}),
               DbError);
}

TEST_F(ReplacedKeysTest, TheNewestVersionCannotGoThisWay) {
  world.rotate(world.anna.value);
  Tx tx(world.key_destroyer, world.tenant);
  tx.query("SELECT destroy_replaced_keys($1, $2, $3, $4)",
           {Uuid::v4(world.random), Param::array(std::vector<Uuid>{world.anna.value}),
            Param::array(std::vector<std::int32_t>{3}), tx.now()});
  tx.commit();
  EXPECT_EQ(world.versions(world.anna.value), (Versions{1, 2}));
}

TEST_F(ReplacedKeysTest, WithoutTheDestroyerTheyWaitAndItsRepetitionDoesNothing) {
  world.rotate(world.anna.value);
  wait_for_the_term();
  const ReplacedKeys replaced(world.rights());
  ASSERT_TRUE(replaced.name_due(world.tenant).ok());
  EXPECT_EQ(replaced.finish(world.tenant)->waiting, 1U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{1, 2}));
  world.destroy_keys();
  world.rotate(world.anna.value);
  world.destroy_keys();
  EXPECT_EQ(world.versions(world.anna.value), (Versions{2, 3}));
  EXPECT_EQ(replaced.finish(world.tenant)->keys, 1U);
  EXPECT_EQ(told().size(), 1U);
}

TEST_F(ReplacedKeysTest, WithoutATermNothingEnds) {
  std::ifstream file(world.policies() / "retention.yaml");
  std::stringstream text;
  text << file.rdbuf();
  std::string policy = text.str();
  const auto from = policy.find("  - what: replaced_key");
  policy.erase(from, policy.find("  - what: purchase") - from);
  std::ofstream(world.directory.path() / "retention.yaml") << policy;
  auto loaded = RetentionPolicy::load(world.directory.path() / "retention.yaml");
  ASSERT_TRUE(loaded.ok());
  world.rotate(world.anna.value);
  wait_for_the_term();
  world.retention = *loaded;
  EXPECT_EQ(end().units, 0U);
  EXPECT_EQ(world.versions(world.anna.value), (Versions{1, 2}));
}

TEST_F(ReplacedKeysTest, OfTheErasedNothingIsLeftToEnd) {
  world.rotate(world.anna.value);
  world.rotate(world.boris.value);
  world.erase(RightsWorld::by_email("anna@example.com"));
  wait_for_the_term();
  EXPECT_EQ(end().keys, 1U);
  EXPECT_EQ(world.count("SELECT count(*) FROM replaced_key"), 0);
}

TEST_F(ReplacedKeysTest, ADeathAtAnyPointIsFinishedByTheNextRound) {
  int deaths = 0;
  for (const StaticText point : ReplacedKeys::kFaultPoints) {
    SCOPED_TRACE(point.view());
    world.rotate(world.anna.value);
    wait_for_the_term();
    const ReplacedKeys dying(world.rights(), [&](StaticText at) {
      if (at != point) return;
      ++deaths;
      throw Crash{};
    });
    EXPECT_THROW(
        {
          static_cast<void>(dying.name_due(world.tenant).ok());
          world.destroy_keys();
          static_cast<void>(dying.finish(world.tenant).ok());
        },
        Crash);
    end();
    EXPECT_EQ(world.versions(world.anna.value).size(), 1U);
    EXPECT_EQ(world.count("SELECT count(*) FROM replaced_key"), 0);
    EXPECT_TRUE(world.everything_opens());
  }
  EXPECT_EQ(told().size(), std::size(ReplacedKeys::kFaultPoints)) << "each told once";
  for (const Leaf& leaf : told()) EXPECT_EQ(leaf.result_count, 1U);
  std::cout << deaths << " deaths of " << std::size(ReplacedKeys::kFaultPoints)
            << " fault points\n";
}

}  // namespace
}  // namespace assent
