#include "audit/tiles.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/audit/sample_log.h"

namespace assent {
namespace {

// Tiles of leaf hashes that are all alike: a tree of any size in no memory.
class UniformTiles final : public TileReader {
 public:
  Result<std::vector<Hash32>> tile(const TileId& id) override {
    ++reads[id];
    while (levels_.size() <= id.level) {
      CompactRange range;
      for (unsigned i = 0; i < kTileWidth; ++i) range.append(levels_.back());
      levels_.push_back(range.root());
    }
    return std::vector<Hash32>(id.width, levels_[id.level]);
  }
  std::map<TileId, int> reads;

 private:
  std::vector<Hash32> levels_{Hash32{7}};
};

class BrokenTiles final : public TileReader {
 public:
  explicit BrokenTiles(std::size_t answered) : answered_(answered) {}
  Result<std::vector<Hash32>> tile(const TileId&) override {
    return std::vector<Hash32>(answered_);
  }

 private:
  std::size_t answered_;
};

TEST(TilesTest, PathsAreThoseOfTheSpecification) {
  EXPECT_EQ(tile_path({0, 1234067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path({1, 0, 17}), "tile/1/000.p/17");
  EXPECT_EQ(tile_path({63, 999, 256}), "tile/63/999");
  EXPECT_EQ(tile_path({0, 1000, 1}), "tile/0/x001/000.p/1");
}

TEST(TilesTest, WidthsAreThoseOfTheSpecificationsExample) {
  EXPECT_EQ(tile_width(0, 272, 70'000), 256u);
  EXPECT_EQ(tile_width(0, 273, 70'000), 112u);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0u);
  EXPECT_EQ(tile_width(1, 0, 70'000), 256u);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17u);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1u);
  EXPECT_EQ(tile_width(3, 0, 70'000), 0u);
  EXPECT_EQ(tile_width(1, 0, 256), 1u);
  EXPECT_EQ(tile_width(9, 0, ~std::uint64_t{0}), 0u);
}

TEST(TilesTest, ProofsOfAHugeTreeReadEachTileOnce) {
  UniformTiles tiles;
  const std::uint64_t size = 100'000'000'003;
  const std::uint64_t old_size = 77'777'777'777;
  const auto edge = right_edge(tiles, size);
  ASSERT_TRUE(edge.ok());
  const auto path = inclusion_path(tiles, 12'345'678'901, size);
  ASSERT_TRUE(path.ok());
  EXPECT_TRUE(verify_inclusion(12'345'678'901, size, Hash32{7}, *path, edge->root()));
  const auto old_edge = right_edge(tiles, old_size);
  ASSERT_TRUE(old_edge.ok());
  tiles.reads.clear();
  const auto proof = consistency_path(tiles, old_size, size);
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(verify_consistency(old_size, size, old_edge->root(), edge->root(), *proof));
  for (const auto& [id, count] : tiles.reads) EXPECT_EQ(count, 1) << tile_path(id);
}

TEST(TilesTest, EvenTheLargestSizeComesToAnEnd) {
  UniformTiles tiles;
  const std::uint64_t size = ~std::uint64_t{0};
  const auto path = inclusion_path(tiles, size - 1, size);
  ASSERT_TRUE(path.ok());
  EXPECT_TRUE(verify_inclusion(size - 1, size, Hash32{7}, *path, right_edge(tiles, size)->root()));
}

TEST(TilesTest, TheRightEdgeHasTheTreesRoot) {
  SampleLog log(1000);
  LeafHashTiles tiles = log.tiles();
  for (std::uint64_t size : {1, 2, 255, 256, 257, 511, 512, 1000}) {
    EXPECT_EQ(right_edge(tiles, size)->root(), log.head(size).root) << size;
  }
  EXPECT_EQ(right_edge(tiles, 0)->root(), empty_root());
}

TEST(TilesTest, ATileOfTheWrongWidthIsCorrupt) {
  for (std::size_t answered : {0, 99, 101, 256}) {
    BrokenTiles tiles(answered);
    EXPECT_EQ(inclusion_path(tiles, 3, 100).error().code, ErrorCode::kCorrupt) << answered;
  }
}

TEST(TilesTest, WhatLiesOutsideTheTreeHasNoProof) {
  LeafHashTiles tiles(std::vector<Hash32>(10));
  EXPECT_EQ(inclusion_path(tiles, 10, 10).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(consistency_path(tiles, 0, 10).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(consistency_path(tiles, 11, 10).error().code, ErrorCode::kInvalid);
  EXPECT_TRUE(consistency_path(tiles, 10, 10)->empty());
  EXPECT_EQ(inclusion_path(tiles, 3, 11).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(tiles.tile({12, 0, 1}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent
