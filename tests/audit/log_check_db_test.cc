#include <gtest/gtest.h>

#include <algorithm>

#include "audit/log_check.h"
#include "core/file.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

class LogCheckTest : public ::testing::Test {
 protected:
  LogCheckTest() {
    world.act_times(299);
    world.run_log();
  }
  void expect_problem(std::string_view beginning,
                      std::optional<std::uint64_t> entry = std::nullopt) {
    const auto problem = world.check_problem();
    ASSERT_TRUE(problem.has_value());
    EXPECT_EQ(problem->error.code, ErrorCode::kCorrupt);
    EXPECT_EQ(problem->error.reason.view().substr(0, beginning.size()), beginning);
    EXPECT_EQ(problem->entry, entry);
  }
  LogWorld world;  // 300 entries, signed.
};

TEST_F(LogCheckTest, ASoundLogHasNoProblem) {
  EXPECT_FALSE(world.check_problem().has_value());
}

TEST_F(LogCheckTest, ALogThatGrewSinceItWasSignedHasNoProblem) {
  world.act_times(5);
  world.sequence();
  EXPECT_FALSE(world.check_problem().has_value());
}

TEST_F(LogCheckTest, AFlippedByteOfALeafIsNamed) {
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 100, get_byte(leaf, 100) # 1) "
      "WHERE tenant = $1 AND idx = 123");
  expect_problem("an entry of the log was changed", 123);
}

TEST_F(LogCheckTest, ARemovedLeafIsNamed) {
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx = 77");
  expect_problem("an entry of the log was changed", 77);
}

TEST_F(LogCheckTest, ALeafThatStandsTwiceIsNamed) {
  world.tamper(
      "INSERT INTO audit_leaf SELECT tenant, idx, event_id, leaf, sequenced_at + "
      "interval '1 s' FROM audit_leaf WHERE tenant = $1 AND idx = 299");
  expect_problem("an entry of the log was changed", 299);
}

TEST_F(LogCheckTest, ALeafBeyondTheHeadIsNamed) {
  world.tamper(
      "INSERT INTO audit_leaf SELECT tenant, 300, event_id, leaf, sequenced_at "
      "FROM audit_leaf WHERE tenant = $1 AND idx = 299");
  expect_problem("the log has entries beyond its head", 300);
}

TEST_F(LogCheckTest, AFlippedByteAtTheEdgeOfTheTilesIsNoticed) {
  world.tamper(
      "UPDATE audit_tile SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) "
      "WHERE tenant = $1 AND level = 0 AND tile = 1");
  expect_problem("the tiles do not fold to the head");
}

TEST_F(LogCheckTest, AFlippedByteInsideTheTilesIsNoticed) {
  world.tamper(
      "UPDATE audit_tile SET hashes = set_byte(hashes, 320, get_byte(hashes, 320) # 1) "
      "WHERE tenant = $1 AND level = 0 AND tile = 0");
  expect_problem("an entry of the log was changed", 10);
}

TEST_F(LogCheckTest, AFlippedByteOfTheHeadIsNoticed) {
  world.tamper(
      "UPDATE audit_head SET root = set_byte(root, 31, get_byte(root, 31) # 128) "
      "WHERE tenant = $1");
  expect_problem("the tiles do not fold to the head");
}

TEST_F(LogCheckTest, AChangedCheckpointIsNoticed) {
  world.tamper(
      "UPDATE audit_checkpoint SET note = replace(note, E'\\n300\\n', E'\\n299\\n') "
      "WHERE tenant = $1");
  expect_problem("the newest checkpoint is not signed by the log key");
}

TEST_F(LogCheckTest, ADatabaseBehindTheSignerIsNoticed) {
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1");
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1");
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1");
  world.tamper("DELETE FROM audit_head WHERE tenant = $1");
  expect_problem("the log does not hold what the signer published last");
}

TEST_F(LogCheckTest, ARewrittenLogIsNoticedByItsOldCheckpoint) {
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1");
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1");
  world.tamper("DELETE FROM audit_head WHERE tenant = $1");
  world.act_times(400);
  world.sequence();
  expect_problem("the log is not the one that its newest checkpoint signed");
}

TEST_F(LogCheckTest, NothingPublishedOfASignedLogIsNoticed) {
  std::filesystem::remove_all(world.signer_config().published);
  expect_problem("the log has checkpoints, but nothing of it is published");
}

TEST_F(LogCheckTest, ALogThatTheDatabaseNoLongerKnowsIsNoticed) {
  const TenantId lost{Uuid::v4(world.random)};
  const auto published = world.signer_config().published;
  std::filesystem::copy(published / world.tenant.text(), published / lost.text());
  const auto problems = check_logs(world.sequencer, world.check());
  ASSERT_TRUE(problems.ok());
  EXPECT_TRUE(std::ranges::any_of(*problems, [&](const auto& p) { return p.log == lost; }));
}

TEST_F(LogCheckTest, MissingCheckpointsAreNoticedThoughTheSignerKnowsThem) {
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1");
  expect_problem("the database lacks checkpoints that were signed and published");
}

TEST_F(LogCheckTest, TheNewestCheckpointIsMissedBesideAnOlderOne) {
  world.act_times(5);
  world.run_log();
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1 AND size = 305");
  expect_problem("the database lacks checkpoints that were signed and published");
}

TEST_F(LogCheckTest, ASignerThatDiedBeforePublishingIsNoProblem) {
  // Its state is written first, then the row, then the copy for the world.
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1");
  std::filesystem::remove_all(world.signer_config().published);
  EXPECT_FALSE(world.check_problem().has_value());
  world.restart_signer();
  world.sign();
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_checkpoint WHERE tenant = $1"), 1);
}

// It only fences sequencers off from each other, and no leaf, tile or signature covers it.
TEST_F(LogCheckTest, AnotherEpochOfTheHeadChangesNothing) {
  world.tamper("UPDATE audit_head SET epoch = epoch + 40 WHERE tenant = $1");
  EXPECT_FALSE(world.check_problem().has_value());
  world.act_times(3);
  world.run_log();
  EXPECT_EQ(world.head().size, 303U);
  EXPECT_FALSE(world.check_problem().has_value());
}

TEST_F(LogCheckTest, TheWrongKeyIsNoticed) {
  const auto file = published_keys_file(world.signer_config().published, world.tenant);
  ASSERT_TRUE(write_log_keys(file, world.log_origin, {{0, Hash32{1}}}, 0644).ok());
  expect_problem("a checkpoint is not signed by the key of the log");
}

TEST_F(LogCheckTest, OnlyTheNewestLeavesAreHashedAgain) {
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 100, get_byte(leaf, 100) # 1) "
      "WHERE tenant = $1 AND idx = 3");
  LogCheck check = world.check();
  check.newest_leaves = 200;
  const auto problems = check_logs(world.sequencer, check);
  ASSERT_TRUE(problems.ok());
  for (const LogProblem& problem : *problems) EXPECT_NE(problem.log, world.tenant);
  expect_problem("an entry of the log was changed", 3);
}

TEST_F(LogCheckTest, TheNewestActIsTheFloorOfTheNextProgram) {
  world.clock.advance_days(30);  // Ahead of all other logs of this database.
  const auto floor = [&] { return *newest_act(world.sequencer); };
  world.act_times(1);
  const Timestamp unnumbered = floor();
  EXPECT_GT(unnumbered, world.clock.now());
  EXPECT_LE(unnumbered.us, world.clock.now().us + 1'000);
  world.run_log();
  EXPECT_EQ(floor(), unnumbered);
}

}  // namespace
}  // namespace assent
