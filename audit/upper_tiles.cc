#include "upper_tiles.h"

namespace assent {

Result<std::vector<Hash32>> proved_tile(TileReader& store, const TileId& id, const LogHead& tree) {
  const Error unproved{ErrorCode::kCorrupt, "the tiles above the pruned entries are not one tree"};
  // All hashes of partial tiles are folded into the root, so those are of the tree.
  const auto edge = right_edge(store, tree.size);
  if (!edge.ok() || edge->root() != tree.root) return unproved;
  auto wanted = store.tile(id);
  if (!wanted.ok()) return unproved;
  std::vector<Hash32> below = *wanted;
  for (TileId at = id; below.size() == kTileWidth;) {
    CompactRange folded;
    for (const Hash32& hash : below) folded.append(hash);
    const TileId above{at.level + 1, at.index / kTileWidth,
                       tile_width(at.level + 1, at.index / kTileWidth, tree.size)};
    auto hashes = store.tile(above);
    const std::size_t place = at.index % kTileWidth;
    if (!hashes.ok() || place >= hashes->size() || (*hashes)[place] != folded.root()) {
      return unproved;
    }
    below = std::move(*hashes);
    at = above;
  }
  return wanted;
}

}  // namespace assent
