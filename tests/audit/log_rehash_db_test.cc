#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "audit/log_rehash.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

class RehashTest : public ::testing::Test {
 protected:
  RehashTest() {
    world.act_times(1'299);
    world.run_log();
  }
  std::optional<LogProblem> problem() {
    const auto done = rehash_logs(world.sequencer, world.check());
    EXPECT_TRUE(done.ok());
    for (const LogProblem& found : done->problems) {
      if (found.log == world.tenant) return found;
    }
    return std::nullopt;
  }
  void expect_problem(std::string_view beginning, std::uint64_t entry) {
    const auto found = problem();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->error.code, ErrorCode::kCorrupt);
    EXPECT_EQ(found->error.reason.view().substr(0, beginning.size()), beginning);
    EXPECT_EQ(found->entry, entry);
  }
  std::filesystem::path published(std::string_view file) {
    return published_log(world.signer_config().published, world.tenant) / file;
  }
  void flip_byte(std::string_view file, std::streamoff at) {
    std::fstream stream(published(file), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const char was = static_cast<char>(stream.get());
    stream.seekp(at);
    stream.put(static_cast<char>(was ^ 4));
    ASSERT_TRUE(stream.flush());
  }
  LogWorld world;  // 1,300 entries, signed: five full tiles and a partial one.
};

TEST_F(RehashTest, ASoundLogIsSoundToItsPublishedSize) {
  world.act_times(3);
  world.sequence();  // Beyond what is signed.
  const auto done = rehash_logs(world.sequencer, world.check());
  ASSERT_TRUE(done.ok());
  EXPECT_FALSE(problem().has_value());
  const auto ours = std::ranges::find(done->sound, world.tenant, &RehashedLog::log);
  ASSERT_NE(ours, done->sound.end());
  EXPECT_EQ(ours->first, 0U);
  EXPECT_EQ(ours->end, 1'300U);
}

TEST_F(RehashTest, AnOldEntryThatTheStartNoLongerLooksAtIsNamed) {
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 100, get_byte(leaf, 100) # 1) "
      "WHERE tenant = $1 AND idx = 7");
  EXPECT_FALSE(world.check_problem().has_value());
  expect_problem("an entry of the log was changed", 7);
}

TEST_F(RehashTest, AnEntryThatIsGoneOrStandsTwiceIsNamed) {
  world.tamper(
      "INSERT INTO audit_leaf SELECT tenant, idx, event_id, leaf, sequenced_at + "
      "interval '1 s' FROM audit_leaf WHERE tenant = $1 AND idx = 511");
  expect_problem("an entry of the log was changed", 511);
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx = 300");
  expect_problem("an entry of the log was changed", 300);
}

TEST_F(RehashTest, ATileThatWasMadeToFitAChangedEntryIsFoundByTheOneAboveIt) {
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 100, get_byte(leaf, 100) # 1) "
      "WHERE tenant = $1 AND idx = 520");
  world.tamper(
      "UPDATE audit_tile t SET hashes = overlay(hashes PLACING sha256('\\x00'::bytea || l.leaf) "
      "FROM 8 * 32 + 1) FROM audit_leaf l WHERE t.tenant = $1 AND t.level = 0 AND t.tile = 2 "
      "AND l.tenant = $1 AND l.idx = 520");
  // The published files are the first to differ; without them it is the tile above.
  expect_problem("a published file of the log", 520);
}

TEST_F(RehashTest, AChangedTileOfAnUpperLevelIsNamedByTheEntriesUnderIt) {
  world.tamper(
      "UPDATE audit_tile SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1) "
      "WHERE tenant = $1 AND level = 1 AND tile = 0");
  const auto found = problem();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->error.code, ErrorCode::kCorrupt);
}

TEST_F(RehashTest, ABitThatFlippedInAPublishedTileIsNamed) {
  flip_byte("tile/0/003", 12 * 32);
  expect_problem("a published file of the log", 768);
}

TEST_F(RehashTest, ABitThatFlippedInAPublishedBundleIsNamedByItsEntry) {
  flip_byte("tile/entries/001", 2 + 120);
  expect_problem("a published file of the log", 256);
}

TEST_F(RehashTest, APublishedFileThatIsGoneIsNamed) {
  std::filesystem::remove(published("tile/entries/004"));
  expect_problem("a published file of the log", 1'024);
}

TEST_F(RehashTest, ACheckpointOfAnotherHistoryIsNotTheLogs) {
  Checkpoint other{"", 1'300, Hash32{9}};
  other.origin = parse_signed_checkpoint(world.newest_checkpoint())->checkpoint.origin;
  ASSERT_TRUE(publish_checkpoint(world.signer_config().published, world.tenant,
                                 sign_checkpoint(other, world.key))
                  .ok());
  const auto found = problem();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->error.reason.view().substr(0, 20), "the log does not fol");
}

TEST_F(RehashTest, ItStopsWhenItIsTold) {
  std::size_t told = 0;
  const auto done =
      rehash_logs(world.sequencer, world.check(), [&](TenantId, std::uint64_t, std::uint64_t) {
        ++told;
        return false;
      });
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(told, 1U);
  EXPECT_TRUE(done->sound.empty());
}

}  // namespace
}  // namespace assent
