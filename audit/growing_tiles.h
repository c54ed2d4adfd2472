#pragma once

#include <cstdint>
#include <vector>

#include "audit/tiles.h"

namespace assent {

struct StoredTile {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::vector<Hash32> hashes;
};

// The right edge of a log's tiles while leaves are appended. Memory: one tile a level and what has
// changed. Private to the sequencer. Not thread-safe.
class GrowingTiles final : public TileReader {
 public:
  // The tree of `size` leaves as `stored` holds it. The errors of `stored`.
  static Result<GrowingTiles> load(TileReader& stored, std::uint64_t size);

  void append(const Hash32& leaf);
  std::uint64_t size() const { return size_; }
  // Folded from the tiles; kCorrupt when a loaded tile was too narrow.
  Result<Hash32> root();
  // Every tile that append() has touched, as it must be stored now.
  std::vector<StoredTile> changed() const;

  // Only of the right edge. kNotFound for any other.
  Result<std::vector<Hash32>> tile(const TileId& id) override;

 private:
  std::uint64_t edge_index(std::size_t level) const;

  std::uint64_t size_ = 0;
  std::vector<std::vector<Hash32>> edge_;  // By level: the hashes of the tile that is not full yet.
  std::size_t touched_levels_ = 0;
  std::vector<StoredTile> full_;
};

}  // namespace assent
