#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "audit/tile_files.h"

namespace assent {

// The published files of the tree of `size` entries, whatever narrower tree is asked of them.
// Believes nothing and proves nothing. Private to the recovery. Not thread-safe.
class PublishedTree final : public TileReader {
 public:
  PublishedTree(std::filesystem::path directory, std::uint64_t size)
      : files_(std::move(directory)), size_(size) {}

  // The errors of FileTiles; the file is then blamed().
  Result<std::vector<Hash32>> tile(const TileId& id) override;
  // The leaves [first, end); first < end <= size. Likewise.
  Result<std::vector<Bytes>> leaves(std::uint64_t first, std::uint64_t end);
  // The file of the tree in which this tile, or these entries, must stand.
  TileFile file_of(unsigned level, std::uint64_t index, bool entries) const;
  const std::optional<TileFile>& blamed() const { return blamed_; }

 private:
  FileTiles files_;
  std::uint64_t size_;
  std::optional<TileFile> blamed_;
};

}  // namespace assent
