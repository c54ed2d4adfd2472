#include "published_tree.h"

#include <algorithm>

namespace assent {

TileFile PublishedTree::file_of(unsigned level, std::uint64_t index, bool entries) const {
  return {{level, index, tile_width(level, index, size_)}, entries};
}

Result<std::vector<Hash32>> PublishedTree::tile(const TileId& id) {
  const TileFile file = file_of(id.level, id.index, false);
  auto hashes = files_.tile(file.id);
  if (!hashes.ok()) {
    blamed_ = file;
    return hashes;
  }
  if (hashes->size() < id.width) return Error{ErrorCode::kNotFound, "a tile is too narrow"};
  hashes->resize(id.width);
  return hashes;
}

Result<std::vector<Bytes>> PublishedTree::leaves(std::uint64_t first, std::uint64_t end) {
  std::vector<Bytes> leaves;
  while (first < end) {
    const TileFile file = file_of(0, first / kTileWidth, true);
    auto bundle = files_.entries(file.id.index, file.id.width);
    if (!bundle.ok()) {
      blamed_ = file;
      return bundle;
    }
    const std::uint64_t start = file.id.index * kTileWidth;
    const std::uint64_t last = std::min(end, start + file.id.width);
    for (; first < last; ++first) leaves.push_back(std::move((*bundle)[first - start]));
  }
  return leaves;
}

}  // namespace assent
