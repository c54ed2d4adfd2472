#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "audit/signer_state.h"
#include "audit/tile_publisher.h"
#include "core/file.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

constexpr const char* kNotOneTree = "the leaves of the log do not lead to its tiles and its head";

std::filesystem::path log_directory(const LogWorld& world) {
  return published_log(world.signer_config().published, world.tenant);
}

// The files below tile/, each with the number of its inode: a file written anew has another.
std::map<std::string, ino_t> files_of(const LogWorld& world) {
  std::map<std::string, ino_t> files;
  const auto root = log_directory(world);
  if (!std::filesystem::exists(root / "tile")) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "tile")) {
    struct stat about {};
    if (!entry.is_regular_file() || ::stat(entry.path().c_str(), &about) != 0) continue;
    files[std::filesystem::relative(entry.path(), root).string()] = about.st_ino;
  }
  return files;
}

std::uint64_t published_size(const LogWorld& world) {
  const auto published = read_published(world.signer_config().published, world.tenant);
  return published.ok() && *published && (*published)->checkpoint ? (*published)->checkpoint->size
                                                                  : 0;
}

// What a stranger makes of the files is the log of the database.
void expect_files_are_the_log(LogWorld& world) {
  const LogHead head = world.head();
  FileTiles files(log_directory(world));
  auto edge = right_edge(files, head.size);
  ASSERT_TRUE(edge.ok()) << edge.error().reason.view();
  EXPECT_EQ(edge->root(), head.root);
  Tx tx(world.data, world.tenant);
  const auto stored = LogStore(tx, world.tenant).entries(0, head.size);
  CompactRange folded;
  for (std::uint64_t index = 0; index * kTileWidth < head.size; ++index) {
    const auto leaves = files.entries(index, tile_width(0, index, head.size));
    ASSERT_TRUE(leaves.ok()) << leaves.error().reason.view();
    for (const Bytes& leaf : *leaves) {
      EXPECT_EQ(leaf, stored.at(folded.end()).leaf);
      folded.append(leaf_hash(leaf));
    }
  }
  EXPECT_EQ(folded.root(), head.root);
}

// The world's log begins with WRITER_OPENED.
void grow_to(LogWorld& world, std::uint64_t size) {
  const std::uint64_t now = std::max<std::uint64_t>(world.head().size, 1);
  world.act_times(static_cast<int>(size - now));
}

TEST(TilePublisherTest, AGrownLogIsThereAsFilesAndOnlyWhatIsNewIsWritten) {
  LogWorld world;
  grow_to(world, 100);
  world.run_log();
  EXPECT_EQ(files_of(world).size(), 2U);
  expect_files_are_the_log(world);
  grow_to(world, 600);
  world.run_log();
  const auto before = files_of(world);
  EXPECT_FALSE(before.contains("tile/0/000.p/100"));  // The full one holds it.
  EXPECT_TRUE(before.contains("tile/1/000.p/2"));
  grow_to(world, 601);
  world.run_log();
  auto after = files_of(world);
  EXPECT_EQ(after.erase("tile/0/002.p/89") + after.erase("tile/entries/002.p/89"), 2U);
  EXPECT_EQ(after, before);
  expect_files_are_the_log(world);
}

TEST(TilePublisherTest, FullTilesAtTheSizesOfFullTreesNeedNoPartialOnes) {
  LogWorld world;
  grow_to(world, 256);
  world.run_log();
  std::vector<std::string> names;
  for (const auto& [name, inode] : files_of(world)) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"tile/0/000", "tile/1/000.p/1", "tile/entries/000"}));
  expect_files_are_the_log(world);
}

TEST(TilePublisherTest, ARestartWritesNothingThatIsThere) {
  LogWorld world;
  grow_to(world, 300);
  world.run_log();
  const auto before = files_of(world);
  world.restart_signer();
  world.run_log();
  EXPECT_EQ(files_of(world), before);
}

// As if it were killed at each of its files: the new one is there under its temporary name, and
// what comes after is not.
TEST(TilePublisherTest, FromAKillAtAnyFileItGoesOn) {
  for (const auto* at : {"tile/0/000", "tile/1/000.p/1", "tile/0/001.p/4", "tile/entries/000",
                         "tile/entries/001.p/4"}) {
    SCOPED_TRACE(at);
    LogWorld world;
    grow_to(world, 250);
    world.run_log();
    grow_to(world, 260);
    world.sequence();
    const auto obstacle = log_directory(world) / at;
    std::filesystem::create_directories(obstacle);  // The rename onto it fails, as root too.
    const LogRound round = world.sign();
    ASSERT_EQ(round.refused.size(), 1U);
    EXPECT_EQ(round.refused[0].error.code, ErrorCode::kUnavailable);
    EXPECT_EQ(published_size(world), 250U);
    EXPECT_EQ(world.count("SELECT max(size) FROM audit_checkpoint WHERE tenant = $1"), 250);
    EXPECT_TRUE(std::filesystem::exists(obstacle.string() + ".new"));
    std::filesystem::remove(obstacle);
    world.restart_signer();
    world.run_log();
    EXPECT_EQ(published_size(world), 260U);
    expect_files_are_the_log(world);
    EXPECT_FALSE(std::filesystem::exists(log_directory(world) / "tile/0/000.p"));
  }
}

TEST(TilePublisherTest, WhatWasWrittenButNeverSignedGivesWay) {
  LogWorld world;
  grow_to(world, 300);
  world.sequence();
  const auto state = world.signer_config().state / (world.tenant.text() + ".checkpoint");
  std::filesystem::create_directory(state);
  ASSERT_EQ(world.sign().refused.size(), 1U);
  expect_files_are_the_log(world);  // Before the signature.
  EXPECT_EQ(published_size(world), 0U);
  std::filesystem::remove(state);
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1");
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1");
  world.tamper("DELETE FROM audit_head WHERE tenant = $1");
  world.act_times(300);
  world.restart_signer();
  world.run_log();
  EXPECT_EQ(published_size(world), 300U);
  expect_files_are_the_log(world);
}

TEST(TilePublisherTest, FilesThatWereLostAreThereAgainAfterAStart) {
  for (const auto* lost : {"tile", "tile/entries/000", "tile/0/000", "tile/1", "tile/0/001.p"}) {
    SCOPED_TRACE(lost);
    LogWorld world;
    grow_to(world, 300);
    world.run_log();
    const auto before = files_of(world);
    std::filesystem::remove_all(log_directory(world) / lost);
    world.restart_signer();
    world.run_log();
    const auto after = files_of(world);
    EXPECT_EQ(after.size(), before.size());
    for (const auto& [name, inode] : before) {
      if (name.starts_with(lost)) continue;
      EXPECT_EQ(after.at(name), inode) << name;
    }
    expect_files_are_the_log(world);
  }
}

TEST(TilePublisherTest, ATileThatWasCutIsWrittenAgainAtAStart) {
  LogWorld world;
  grow_to(world, 300);
  world.run_log();
  std::filesystem::resize_file(log_directory(world) / "tile/0/000", 100);
  world.restart_signer();
  world.run_log();
  expect_files_are_the_log(world);
}

TEST(TilePublisherTest, ALongLogIsWrittenInSteps) {
  LogWorld world;
  grow_to(world, 1100);
  world.sequence();
  const LogHead head = world.head();
  TilePublisher publisher(world.tenant, log_directory(world), kTileWidth);
  const Checkpoint tree{world.log_origin, head.size, head.root};
  for (const bool is_last : {false, false, false, false, true}) {
    const auto done = publisher.publish(world.signer_role, tree, 0);
    ASSERT_TRUE(done.ok()) << done.error().reason.view();
    EXPECT_EQ(*done, is_last);
  }
  EXPECT_EQ(files_of(world).size(), 4U + 4U + 2U + 1U);
  expect_files_are_the_log(world);
}

void expect_not_one_tree(LogWorld& world, std::uint64_t signed_size) {
  const auto before = files_of(world);
  const LogRound round = world.sign();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(round.refused[0].error.reason.view(), kNotOneTree);
  EXPECT_EQ(published_size(world), signed_size);
  EXPECT_EQ(files_of(world), before);
}

TEST(TilePublisherTest, AChangedLeafIsNotSigned) {
  LogWorld world;
  grow_to(world, 300);
  world.sequence();
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 60, get_byte(leaf, 60) # 1) "
      "WHERE tenant = $1 AND idx = 5");
  expect_not_one_tree(world, 0);
}

TEST(TilePublisherTest, AMissingLeafIsNotSigned) {
  LogWorld world;
  grow_to(world, 20);
  world.run_log();
  grow_to(world, 30);
  world.sequence();
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx = 25");
  expect_not_one_tree(world, 20);
}

// A full tile below others is no part of the right edge, which the head was folded from.
TEST(TilePublisherTest, AChangedTileIsNotSigned) {
  LogWorld world;
  grow_to(world, 600);
  world.sequence();
  world.tamper(
      "UPDATE audit_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1) "
      "WHERE tenant = $1 AND level = 0 AND tile = 0");
  expect_not_one_tree(world, 0);
}

TEST(FileTilesTest, OfAPartialFileThatIsGoneTheFullOneAnswers) {
  const TemporaryDirectory directory;
  const auto tile = directory.path() / "tile/0";
  std::filesystem::create_directories(tile);
  std::filesystem::create_directories(directory.path() / "tile/entries");
  std::vector<Hash32> hashes(kTileWidth);
  std::vector<Bytes> leaves(kTileWidth, Bytes{1, 2});
  for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i][0] = static_cast<std::uint8_t>(i);
  ASSERT_TRUE(replace_file(tile / "000", join_hashes(hashes), 0600).ok());
  ASSERT_TRUE(
      replace_file(directory.path() / "tile/entries/000", *encode_entries(leaves), 0600).ok());
  FileTiles files(directory.path());
  EXPECT_EQ(*files.tile({0, 0, 3}), std::vector<Hash32>(hashes.begin(), hashes.begin() + 3));
  EXPECT_EQ(files.entries(0, 5)->size(), 5U);
}

TEST(FileTilesTest, ADamagedFileIsCorruptAndNotMissing) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path() / "tile/0/000.p");
  FileTiles files(directory.path());
  for (const std::size_t bytes : {0, 31, 33, 32}) {
    const auto file = directory.path() / "tile/0/000.p/2";
    ASSERT_TRUE(replace_file(file, std::string(bytes, 'x'), 0600).ok());
    EXPECT_EQ(files.tile({0, 0, 2}).error().code, ErrorCode::kCorrupt) << bytes;
  }
}

}  // namespace
}  // namespace assent
