#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/tiles.h"

// A log as the files of c2sp.org/tlog-tiles under one directory: "tile/<level>/<number>" of hashes,
// "tile/entries/<number>" of leaves, each with ".p/<width>" while it is narrower than 256.
namespace assent {

// One of these files.
struct TileFile {
  TileId id;             // Of entries: level 0, and the number of the bundle.
  bool entries = false;  // A bundle of leaves, not a tile of hashes.
  friend bool operator==(const TileFile&, const TileFile&) = default;
};

// "tile/0/000.p/12", "tile/entries/x001/234".
std::string tile_file_path(const TileFile& file);

// nullopt unless tile_file_path() writes exactly this: such a path leads nowhere but below the
// log's directory.
std::optional<TileFile> parse_tile_file_path(std::string_view path);

inline constexpr std::size_t kTileBytesMax = kTileWidth * Hash32{}.size();
inline constexpr std::size_t kBundleBytesMax = kTileWidth * (2 + 0xffff);

// The hashes of a tile, joined, and apart again. kCorrupt: not whole hashes.
std::string join_hashes(const std::vector<Hash32>& hashes);
Result<std::vector<Hash32>> split_hashes(std::string_view joined);

// The leaves of one bundle: each after its length, two bytes, big-endian.
// kTooLarge  a leaf is longer than its length can say.
Result<std::string> encode_entries(std::span<const Bytes> leaves);
// kCorrupt   the lengths do not add up.
Result<std::vector<Bytes>> parse_entries(std::string_view bundle);

// Reads what was published; believes nothing and proves nothing. Immutable, thread-safe.
class FileTiles final : public TileReader {
 public:
  explicit FileTiles(std::filesystem::path directory) : directory_(std::move(directory)) {}
  // Both answer of a partial file that is gone the part of the full one.
  // kCorrupt, too: the file is damaged.
  Result<std::vector<Hash32>> tile(const TileId& id) override;
  // The `width` leaves from index * 256 on. The errors of tile().
  Result<std::vector<Bytes>> entries(std::uint64_t index, unsigned width) const;

 private:
  Result<std::string> read(TileFile file, std::size_t bytes_max) const;

  std::filesystem::path directory_;
};

}  // namespace assent
