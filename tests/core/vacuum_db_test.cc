#include "core/vacuum.h"
#include "tests/core/epoch_world.h"

namespace assent {
namespace {

class VacuumTest : public ::testing::Test {
 protected:
  // Whether the wrap lies anywhere in the file of the table of keys, as it stands on the disk.
  bool lies_on_disk(const Bytes& wrap) {
    if (!superuser.run_alone("CHECKPOINT").ok()) throw std::runtime_error("no checkpoint");
    Tx tx(superuser, TenantId{});
    return tx.query(
                 "SELECT position($1 in pg_read_binary_file(pg_relation_filepath("
                 "'subject_key')))",
                 {wrap})[0]
               .integer(0) > 0;
  }
  Bytes wrap_of(const Uuid& subject) {
    Tx tx(world.safe, world.tenant);
    return tx.query("SELECT wrapped FROM subject_key WHERE subject = $1", {subject})[0].bytes(0);
  }
  // As assent-key-destroyer does.
  void destroy(const Uuid& subject) {
    world.destroy({subject});
    const auto noted = in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
      tx.exec(
          "INSERT INTO tombstone (tenant, subject, destroyed_at, keys, commitments, kek_epoch) "
          "VALUES ($1, $2, $3, 1, $4, 1)",
          {tx.tenant(), subject, tx.now(), Bytes(32)});
      return Unit{};
    });
    ASSERT_TRUE(noted.ok());
  }

  EpochWorld world;
  Database owner{TestClusters::instance().safe("assent_owner"), world.clock};
  Database superuser{TestClusters::instance().safe("postgres"), world.clock};
};

// What lies after it on the page moves over it; data-protection 2.4 has the figures.
TEST_F(VacuumTest, ADestroyedWrapLiesInTheFileBeforeAndNotAfter) {
  const auto subjects = world.make_keys(10);
  const Bytes wrap = wrap_of(subjects[0]);
  const Bytes other = wrap_of(subjects[9]);
  ASSERT_TRUE(lies_on_disk(wrap));
  destroy(subjects[0]);
  EXPECT_TRUE(lies_on_disk(wrap)) << "deleted, and there all the same";
  const auto swept = vacuum_tables(owner);
  ASSERT_TRUE(swept.ok());
  EXPECT_EQ(swept->rows_left, 0);
  EXPECT_FALSE(lies_on_disk(wrap));
  EXPECT_TRUE(lies_on_disk(other));
  EXPECT_EQ(world.opens(subjects), 9U);
}

// It goes by the catalogue: a table of tomorrow is among them.
TEST_F(VacuumTest, EveryTableOfTheClusterIsSwept) {
  const auto tables = [&] {
    Tx tx(owner, TenantId{});
    return tx
        .query(
            "SELECT count(*), count(last_vacuum) FROM pg_stat_user_tables "
            "WHERE schemaname = 'public'")[0]
        .integer(0);
  };
  const auto swept = vacuum_tables(owner);
  ASSERT_TRUE(swept.ok());
  EXPECT_EQ(swept->tables, tables());
  Tx tx(owner, TenantId{});
  EXPECT_TRUE(tx.query("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' "
                       "AND last_vacuum IS NULL")
                  .empty());
}

TEST_F(VacuumTest, WhatATransactionStillSeesIsCountedAndStays) {
  const auto subjects = world.make_keys(10);
  const Bytes wrap = wrap_of(subjects[0]);
  {
    Tx reading(superuser, TenantId{});
    reading.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    reading.query("SELECT count(*) FROM subject_key");
    destroy(subjects[0]);
    const auto swept = vacuum_tables(owner);
    ASSERT_TRUE(swept.ok());
    EXPECT_GE(swept->rows_left, 1);
  }
  EXPECT_TRUE(lies_on_disk(wrap));
  ASSERT_TRUE(vacuum_tables(owner).ok());
  EXPECT_FALSE(lies_on_disk(wrap));
}

TEST_F(VacuumTest, AnEpochIsNotBurnedBeforeWhatWasDestroyedUnderItIsSwept) {
  const auto subjects = world.make_keys(2);
  world.clock.advance_us(1);
  destroy(subjects[0]);
  ASSERT_TRUE(world.new_epoch().ok());
  ASSERT_TRUE(world.rewrap().ok());
  EXPECT_TRUE(*world.epochs.wants_vacuum(1));
  EXPECT_FALSE(*world.epochs.wants_vacuum(2));
  EXPECT_EQ(world.epochs.begin_burn(1, {}).error().code, ErrorCode::kInvalid);

  ASSERT_TRUE(note_vacuum(owner, {world.clock.now().us - 1}).ok());
  EXPECT_TRUE(*world.epochs.wants_vacuum(1)) << "it had begun before";
  ASSERT_TRUE(note_vacuum(owner, world.clock.now()).ok());
  EXPECT_FALSE(*world.epochs.wants_vacuum(1));
  EXPECT_TRUE(world.epochs.begin_burn(1, {}).ok());
}

TEST_F(VacuumTest, TheLastOneIsKeptAndNeverMovesBack) {
  EXPECT_FALSE(*last_vacuum(world.safe));
  const Timestamp now = world.clock.now();
  ASSERT_TRUE(note_vacuum(owner, now).ok());
  ASSERT_TRUE(note_vacuum(owner, {now.us - 1}).ok());
  EXPECT_EQ(*last_vacuum(world.safe), now);
}

TEST_F(VacuumTest, WhereAStatementFailsTheSessionIsGoodForTheNext) {
  EXPECT_FALSE(world.safe.run_alone("VACUUM (NO_SUCH_OPTION)").ok());
  EXPECT_TRUE(world.safe.ping().ok());
}

}  // namespace
}  // namespace assent
