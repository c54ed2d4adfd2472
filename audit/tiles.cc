#include "audit/tiles.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace assent {
namespace {

constexpr unsigned kLevelMax = 62;  // Of a subtree taken whole; its doubled width fits 64 bits.

// Of how many leaves one hash of the tile is: 2 to this power.
unsigned shift_of(unsigned tile_level) {
  return tile_level * kTileHeight;
}

std::uint64_t largest_power_below(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

Hash32 fold(std::span<const Hash32> hashes) {
  CompactRange range;
  for (const Hash32& hash : hashes) range.append(hash);
  return range.root();
}

// Hashes of subtrees of one tree, out of tiles that are each read once.
class Tree {
 public:
  Tree(TileReader& tiles, std::uint64_t size) : tiles_(tiles), size_(size) {}

  // The perfect subtree of 2^level leaves that starts at `start`.
  Result<Hash32> perfect(std::uint64_t start, unsigned level) {
    const unsigned tile_level = level / kTileHeight;
    const std::uint64_t first = start >> shift_of(tile_level);
    auto tile = read(tile_level, first / kTileWidth);
    if (!tile.ok()) return tile.error();
    const std::size_t count = std::size_t{1} << (level % kTileHeight);
    const std::size_t offset = first % kTileWidth;
    if (offset + count > (*tile)->size()) {
      return Error{ErrorCode::kCorrupt, "tile is narrower than the tree needs"};
    }
    return fold(std::span(**tile).subspan(offset, count));
  }

  // Appends the perfect subtrees of [start, end) to `range`, which ends at `start`.
  Status append_to(CompactRange& range, std::uint64_t end) {
    while (range.end() < end) {
      const std::uint64_t start = range.end();
      unsigned level = 0;  // The largest subtree that starts here and ends in time.
      for (std::uint64_t twice = 2; level < kLevelMax && start % twice == 0 && end - start >= twice;
           twice *= 2) {
        ++level;
      }
      auto hash = perfect(start, level);
      if (!hash.ok()) return hash.error();
      range.append_subtree({*hash, level});
    }
    return Unit{};
  }

  // MTH(D[start:end]), where `start` is a multiple of a power of two not below the length.
  Result<Hash32> hash(std::uint64_t start, std::uint64_t end) {
    CompactRange range(start);
    if (auto done = append_to(range, end); !done.ok()) return done.error();
    Hash32 root = range.subtrees().back().hash;
    for (auto left = range.subtrees().rbegin() + 1; left != range.subtrees().rend(); ++left) {
      root = node_hash(left->hash, root);
    }
    return root;
  }

 private:
  Result<const std::vector<Hash32>*> read(unsigned level, std::uint64_t index) {
    const auto key = std::pair(level, index);
    auto known = read_.find(key);
    if (known == read_.end()) {
      const unsigned width = tile_width(level, index, size_);
      auto tile = tiles_.tile({level, index, width});
      if (!tile.ok()) return tile.error();
      if (tile->size() != width) return Error{ErrorCode::kCorrupt, "tile has the wrong width"};
      known = read_.emplace(key, std::move(*tile)).first;
    }
    return &known->second;
  }

  TileReader& tiles_;
  std::uint64_t size_;
  std::map<std::pair<unsigned, std::uint64_t>, std::vector<Hash32>> read_;
};

// Hashes the spans that a proof names, which the RFC's recursion finds from the root downwards.
Result<HashPath> hash_upwards(Tree& tree,
                              std::vector<std::pair<std::uint64_t, std::uint64_t>> spans) {
  HashPath path;
  for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
    auto hash = tree.hash(span->first, span->second);
    if (!hash.ok()) return hash.error();
    path.push_back(*hash);
  }
  return path;
}

}  // namespace

std::string tile_path(const TileId& id) {
  std::string digits = std::to_string(id.index);
  digits.insert(0, (3 - digits.size() % 3) % 3, '0');
  std::string path = "tile/" + std::to_string(id.level);
  for (std::size_t at = 0; at < digits.size(); at += 3) {
    path += at + 3 < digits.size() ? "/x" : "/";
    path += digits.substr(at, 3);
  }
  if (id.width < kTileWidth) path += ".p/" + std::to_string(id.width);
  return path;
}

unsigned tile_width(unsigned level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = shift_of(level) < 64 ? size >> shift_of(level) : 0;
  const std::uint64_t before = index * kTileWidth;
  if (before >= hashes) return 0;
  return static_cast<unsigned>(std::min(hashes - before, kTileWidth));
}

Result<std::vector<Hash32>> LeafHashTiles::tile(const TileId& id) {
  if (id.width == 0 || tile_width(id.level, id.index, leaves_.size()) < id.width) {
    return Error{ErrorCode::kNotFound, "no such tile"};
  }
  const std::size_t leaves_per_hash = std::size_t{1} << shift_of(id.level);
  std::vector<Hash32> hashes;
  for (std::size_t i = 0; i < id.width; ++i) {
    const std::size_t start = (id.index * kTileWidth + i) * leaves_per_hash;
    hashes.push_back(fold(std::span(leaves_).subspan(start, leaves_per_hash)));
  }
  return hashes;
}

Result<HashPath> inclusion_path(TileReader& tiles, std::uint64_t index, std::uint64_t size) {
  if (index >= size) return Error{ErrorCode::kInvalid, "index does not lie in the tree"};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> siblings;
  for (std::uint64_t start = 0, end = size; end - start > 1;) {
    const std::uint64_t middle = start + largest_power_below(end - start);
    if (index < middle) {
      siblings.emplace_back(middle, end);
      end = middle;
    } else {
      siblings.emplace_back(start, middle);
      start = middle;
    }
  }
  Tree tree(tiles, size);
  return hash_upwards(tree, std::move(siblings));
}

Result<HashPath> consistency_path(TileReader& tiles, std::uint64_t old_size,
                                  std::uint64_t new_size) {
  if (old_size == 0 || old_size > new_size) {
    return Error{ErrorCode::kInvalid, "older size does not lie in the tree"};
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  std::uint64_t start = 0;
  std::uint64_t end = new_size;
  while (old_size != end) {
    const std::uint64_t middle = start + largest_power_below(end - start);
    if (old_size <= middle) {
      spans.emplace_back(middle, end);
      end = middle;
    } else {
      spans.emplace_back(start, middle);
      start = middle;
    }
  }
  // The old tree itself is left out: the verifier has its root.
  if (start != 0) spans.emplace_back(start, end);
  Tree tree(tiles, new_size);
  return hash_upwards(tree, std::move(spans));
}

Result<CompactRange> right_edge(TileReader& tiles, std::uint64_t size) {
  Tree tree(tiles, size);
  CompactRange edge;
  if (auto done = tree.append_to(edge, size); !done.ok()) return done.error();
  return edge;
}

}  // namespace assent
