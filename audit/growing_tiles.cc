#include "growing_tiles.h"

#include <algorithm>

namespace assent {
namespace {

Hash32 fold(const std::vector<Hash32>& hashes) {
  CompactRange range;
  for (const Hash32& hash : hashes) range.append(hash);
  return range.root();
}

// The number of the tile of `level` in which leaf `leaf` ends up.
std::uint64_t tile_of(std::uint64_t leaf, std::size_t level) {
  const std::size_t shift = kTileHeight * (level + 1);
  return shift < 64 ? leaf >> shift : 0;
}

}  // namespace

Result<GrowingTiles> GrowingTiles::load(TileReader& stored, std::uint64_t size) {
  GrowingTiles tiles;
  tiles.size_ = size;
  for (unsigned level = 0; level * kTileHeight < 64 && size >> (level * kTileHeight) != 0;
       ++level) {
    std::vector<Hash32>& edge = tiles.edge_.emplace_back();
    const std::uint64_t index = tile_of(size, level);
    const unsigned width = tile_width(level, index, size);
    if (width == 0) continue;
    auto hashes = stored.tile({level, index, width});
    if (!hashes.ok()) return hashes.error();
    edge = std::move(*hashes);
  }
  return tiles;
}

void GrowingTiles::append(const Hash32& leaf) {
  Hash32 hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == edge_.size()) edge_.emplace_back();
    touched_levels_ = std::max(touched_levels_, level + 1);
    std::vector<Hash32>& edge = edge_[level];
    edge.push_back(hash);
    if (edge.size() < kTileWidth) break;
    hash = fold(edge);
    full_.push_back({static_cast<unsigned>(level), tile_of(size_, level), std::move(edge)});
    edge.clear();
  }
  ++size_;
}

std::uint64_t GrowingTiles::edge_index(std::size_t level) const {
  return tile_of(size_, level);
}

Result<Hash32> GrowingTiles::root() {
  auto edge = right_edge(*this, size_);
  if (!edge.ok()) return edge.error();
  return edge->root();
}

std::vector<StoredTile> GrowingTiles::changed() const {
  std::vector<StoredTile> tiles = full_;
  for (std::size_t level = 0; level < touched_levels_; ++level) {
    if (edge_[level].empty()) continue;
    tiles.push_back({static_cast<unsigned>(level), edge_index(level), edge_[level]});
  }
  return tiles;
}

Result<std::vector<Hash32>> GrowingTiles::tile(const TileId& id) {
  if (id.level >= edge_.size() || id.index != edge_index(id.level)) {
    return Error{ErrorCode::kNotFound, "tile is not of the right edge"};
  }
  return edge_[id.level];
}

}  // namespace assent
