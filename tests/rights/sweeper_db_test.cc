#include <gtest/gtest.h>

#include "rights/sweeper.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

struct Crash {};

class SweeperTest : public ::testing::Test {
 protected:
  SweepReport sweep() {
    const auto report = KeySweeper(world.rights()).run_once(world.tenant);
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

TEST_F(SweeperTest, AnErasureTakesTheRejectedRowsOfThePersonAlong) {
  world.contacts("shop", "1,Anna,Ivanova,anna@example.com,,,\n");
  leave_rejected();
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM unit_tag"), 0);
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
    EXPECT_THROW(static_cast<void>(dying.run_once(world.tenant)), Crash) << point.view();
    sweep();
    EXPECT_EQ(keys(), 0) << point.view();
    EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0) << point.view();
    EXPECT_EQ(world.count("SELECT count(*) FROM pending_shred"), 0) << point.view();
  }
  // One for each orphan, one for each rejected row.
  EXPECT_EQ(world.leaves_of(AuditEvent::kKeyDestroyed).size(),
            2 * std::size(KeySweeper::kFaultPoints));
}

}  // namespace
}  // namespace assent
