#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/merkle.h"
#include "core/result.h"

// Tiles of c2sp.org/tlog-tiles: the hashes of a tree in groups of 256, and proofs made from them.
namespace assent {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 256;

// The hashes of the perfect subtrees of 256^level leaves number index*256 … index*256 + width - 1.
// A width below 256 is a partial tile at the right edge.
struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

// "tile/0/x001/x234/067" or "tile/0/000.p/12".
std::string tile_path(const TileId& id);

// How many of the hashes of a tree of `size` leaves stand in the tile (level, index): 0 to 256.
unsigned tile_width(unsigned level, std::uint64_t index, std::uint64_t size);

// Where tiles come from: a table, a folder, memory. Its answers are believed here; whoever
// verifies a proof does not need to.
class TileReader {
 public:
  virtual ~TileReader() = default;
  // Exactly id.width hashes; an implementation may cut them from a wider tile.
  // kNotFound    there is no such tile.
  // kUnavailable the store is away.
  virtual Result<std::vector<Hash32>> tile(const TileId& id) = 0;
};

// Tiles computed from a plain list of leaf hashes, for tests and small logs.
class LeafHashTiles final : public TileReader {
 public:
  explicit LeafHashTiles(std::vector<Hash32> leaves) : leaves_(std::move(leaves)) {}
  Result<std::vector<Hash32>> tile(const TileId& id) override;

 private:
  std::vector<Hash32> leaves_;
};

// The three below read each needed tile once and pass on the reader's errors.
// kInvalid   the index, or the older size, does not lie in the tree.
// kCorrupt   a tile has another number of hashes than asked for.

// PATH(index, D[size]) of RFC 6962 2.1.1.
Result<HashPath> inclusion_path(TileReader& tiles, std::uint64_t index, std::uint64_t size);
// PROOF(old_size, D[new_size]) of RFC 6962 2.1.2; empty when the sizes are equal.
Result<HashPath> consistency_path(TileReader& tiles, std::uint64_t old_size,
                                  std::uint64_t new_size);
// The right edge of the tree of `size` leaves; its root() is the tree's.
Result<CompactRange> right_edge(TileReader& tiles, std::uint64_t size);

}  // namespace assent
