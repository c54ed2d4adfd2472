#include <gtest/gtest.h>

#include <iostream>

#include "audit/commitments.h"
#include "rights/sweeper.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

struct Crash {};

class SweeperTest : public ::testing::Test {
 protected:
  // As the server does: what is due is named, and finished once the destroyer has been through.
  SweepReport sweep() {
    const KeySweeper sweeper(world.rights());
    if (!sweeper.name_due(world.tenant).ok()) throw std::runtime_error("not named");
    world.destroy_keys();
    return finish();
  }
  SweepReport finish() {
    const auto report = KeySweeper(world.rights()).finish(world.tenant);
    if (!report.ok()) throw std::runtime_error(std::string(report.error().reason.view()));
    return *report;
  }
  // Keys whose data transaction never came.
  void leave_orphans(std::size_t count) {
    std::vector<Uuid> units;
    for (std::size_t i = 0; i < count; ++i) units.push_back(Uuid::v4(world.random));
    ASSERT_TRUE(world.keys.create(world.tenant, units, KeyPurpose::kFields).ok());
  }
  // Rows that no mapping can store: a claim of a purpose that nobody registered.
  void leave_rejected() {
    const auto report = world.import("shop", "contacts",
                                     "external_id,first_name,email,purpose,channel,action,"
                                     "effective_at,notice,method\n"
                                     "8,Anna,anna@example.com,no_such_purpose,email,give,"
                                     "2026-01-01,,web_form\n");
    ASSERT_EQ(report.rejected, 1U);
  }
  std::int64_t keys() {
    Tx tx(world.safe, world.tenant);
    return tx.query("SELECT count(*) FROM subject_key WHERE purpose = 0")[0].integer(0);
  }
  // By the safe alone: the tombstones of an act's units, subjects rising.
  Hash32 committed_by(const Uuid& act) {
    Tx tx(world.safe, world.tenant);
    std::vector<Hash32> commitments;
    const Rows rows = tx.query(
        "SELECT t.commitments FROM destruction d JOIN tombstone t USING (tenant, subject) "
        "WHERE d.act = $1 ORDER BY subject",
        {act});
    for (const auto& row : rows) {
      const ByteView all = row.view(0);
      for (std::size_t at = 0; at < all.size(); at += sizeof(Hash32)) {
        std::copy_n(all.begin() + at, sizeof(Hash32), commitments.emplace_back().begin());
      }
    }
    return keys_destroyed_hash(commitments);
  }
  RightsWorld world;
};

TEST_F(SweeperTest, AKeyWithoutARecordIsSweptAfterADayAndNotBefore) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  leave_orphans(2);
  EXPECT_EQ(sweep().orphans, 0U);
  world.clock.advance_days(1);
  world.clock.advance_us(1);
  EXPECT_EQ(sweep().orphans, 2U);
  EXPECT_EQ(keys(), 1);
  EXPECT_EQ(sweep().orphans, 0U);
  const auto destroyed = world.leaves_of(AuditEvent::kKeyDestroyed);
  ASSERT_EQ(destroyed.size(), 1U);
  EXPECT_EQ(destroyed[0].result_count, 2U);
}

TEST_F(SweeperTest, ARejectedRowEndsAfterThirtyDaysWithItsKey) {
  leave_rejected();
  ASSERT_EQ(keys(), 1);
  world.clock.advance_days(29);
  EXPECT_EQ(sweep().rejected, 0U);
  world.clock.advance_days(2);
  EXPECT_EQ(sweep().rejected, 1U);
  EXPECT_EQ(keys(), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM unit_tag"), 0);
}

TEST_F(SweeperTest, NothingGoesBeforeItsKeyAndTheSecondRoundNamesNothingTwice) {
  leave_orphans(2);
  leave_rejected();
  world.clock.advance_days(31);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(KeySweeper(world.rights()).name_due(world.tenant).ok());
    EXPECT_EQ(finish().waiting, 3U);
    EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 1);
  }
  EXPECT_EQ(world.leaves_of(AuditEvent::kEraseRequested).size(), 2U);
  EXPECT_EQ(world.leaves_of(AuditEvent::kKeyDestroyed).size(), 0U);
  EXPECT_EQ(sweep().waiting, 0U);
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
}

// What a restore goes by: entry, act and tombstones lead to each other.
TEST_F(SweeperTest, ItsEntriesNameTheActAndCommitToTheTombstonesOfIt) {
  leave_orphans(3);
  leave_rejected();
  world.clock.advance_days(31);
  sweep();
  const auto destroyed = world.leaves_of(AuditEvent::kKeyDestroyed);
  ASSERT_EQ(destroyed.size(), 2U);
  for (const Leaf& leaf : destroyed) {
    EXPECT_EQ(leaf.object_kind, ObjectKind::kKey);
    EXPECT_EQ(leaf.record_hash, committed_by(leaf.object));
  }
  const auto rows = world.leaves_of(AuditEvent::kErasureCompleted);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_NE(rows[0].record_hash, Hash32{});
  EXPECT_TRUE(rows[0].object == destroyed[0].object || rows[0].object == destroyed[1].object);
}

TEST_F(SweeperTest, AnErasureTakesTheRejectedRowsOfThePersonAlong) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  leave_rejected();
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM unit_tag"), 0);
  EXPECT_EQ(keys(), 0);
}

// Whoever named the row first takes it along.
TEST_F(SweeperTest, AnErasureLeavesARowThatASweepHasNamed) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  leave_rejected();
  world.clock.advance_days(31);
  ASSERT_TRUE(KeySweeper(world.rights()).name_due(world.tenant).ok());
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_EQ(finish().rejected, 1U);
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
  EXPECT_EQ(keys(), 0);
}

TEST_F(SweeperTest, ACrashAtAnyPointIsFinishedByTheNextRound) {
  for (const StaticText point : KeySweeper::kFaultPoints) {
    leave_orphans(1);
    leave_rejected();
    world.clock.advance_days(31);
    const KeySweeper dying(world.rights(), [&](StaticText at) {
      if (at == point) throw Crash{};
    });
    const auto until_it_dies = [&] {
      EXPECT_TRUE(dying.name_due(world.tenant).ok());
      world.destroy_keys();
      static_cast<void>(dying.finish(world.tenant));
    };
    EXPECT_THROW(until_it_dies(), Crash) << point.view();
    sweep();
    EXPECT_EQ(keys(), 0) << point.view();
    EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0) << point.view();
    EXPECT_EQ(world.count("SELECT count(*) FROM pending_shred"), 0) << point.view();
  }
  // One for each orphan, one for each rejected row.
  EXPECT_EQ(world.leaves_of(AuditEvent::kKeyDestroyed).size(),
            2 * std::size(KeySweeper::kFaultPoints));
  std::cout << std::size(KeySweeper::kFaultPoints) << " fault points\n";
}

}  // namespace
}  // namespace assent
