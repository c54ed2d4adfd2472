#include "audit/growing_tiles.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "tests/audit/reference_tree.h"

namespace assent {
namespace {

Hash32 nth_hash(std::uint64_t n) {
  Bytes bytes;
  put_u64(bytes, n);
  return leaf_hash(bytes);
}

// What the table of tiles does.
class TileTable final : public TileReader {
 public:
  Result<std::vector<Hash32>> tile(const TileId& id) override {
    const auto found = tiles_.find({id.level, id.index});
    if (found == tiles_.end() || found->second.size() < id.width) {
      return Error{ErrorCode::kNotFound, "no such tile"};
    }
    return std::vector<Hash32>(found->second.begin(), found->second.begin() + id.width);
  }
  void store(const GrowingTiles& growing) {
    for (const StoredTile& tile : growing.changed()) tiles_[{tile.level, tile.index}] = tile.hashes;
  }
  std::size_t size() const { return tiles_.size(); }

 private:
  std::map<std::pair<unsigned, std::uint64_t>, std::vector<Hash32>> tiles_;
};

RC_GTEST_PROP(GrowingTilesTest, InWhateverBatchesATreeGrowsItsTilesAndRootAreThoseOfItsLeaves, ()) {
  TileTable table;
  std::vector<Hash32> leaves;
  const auto batches = *rc::gen::container<std::vector<unsigned>>(4, rc::gen::inRange(0U, 700U));
  for (const unsigned batch : batches) {
    auto growing = GrowingTiles::load(table, leaves.size());
    RC_ASSERT(growing.ok());
    for (unsigned i = 0; i < batch; ++i) {
      leaves.push_back(nth_hash(leaves.size()));
      growing->append(leaves.back());
    }
    table.store(*growing);
    RC_ASSERT(growing->size() == leaves.size());
    RC_ASSERT(*growing->root() == reference::root(leaves));
  }
  LeafHashTiles expected(leaves);
  std::size_t tiles = 0;
  for (unsigned level = 0; level < 3; ++level) {
    for (std::uint64_t index = 0; const unsigned width = tile_width(level, index, leaves.size());
         ++index, ++tiles) {
      RC_ASSERT(*table.tile({level, index, width}) == *expected.tile({level, index, width}));
    }
  }
  RC_ASSERT(table.size() == tiles);
}

TEST(GrowingTilesTest, ATreeOverThreeLevelsGrowsFromItsStoredEdge) {
  TileTable table;
  GrowingTiles all;
  CompactRange reference;
  const std::uint64_t kLeaves = kTileWidth * kTileWidth + 300;
  for (std::uint64_t i = 0; i < kLeaves; ++i) {
    all.append(nth_hash(i));
    reference.append(nth_hash(i));
  }
  table.store(all);
  EXPECT_EQ(*all.root(), reference.root());
  auto again = GrowingTiles::load(table, kLeaves);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again->root(), reference.root());
}

TEST(GrowingTilesTest, AMissingTileOfTheEdgeIsAnError) {
  TileTable empty;
  EXPECT_EQ(GrowingTiles::load(empty, 5).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent
