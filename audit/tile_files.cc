#include "audit/tile_files.h"

#include <algorithm>
#include <limits>

#include "audit/checkpoint.h"
#include "core/file.h"

namespace assent {
namespace {

constexpr std::size_t kHashBytes = Hash32{}.size();
constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kLeafBytesMax = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t kTileLevelMax = 63;
constexpr std::size_t kIndexGroupsMax = 5;

constexpr std::string_view kTile = "tile/";
constexpr std::string_view kLevelZero = "tile/0/";
constexpr std::string_view kEntries = "tile/entries/";
constexpr std::string_view kPartial = ".p/";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The digits of "x001/x234/067"; what else is there than these is for the comparison to find.
std::optional<std::uint64_t> parse_index(std::string_view text) {
  if (text.size() > kIndexGroupsMax * std::string_view("x000/").size()) return std::nullopt;
  std::uint64_t index = 0;
  bool some = false;
  for (const char c : text) {
    if (!is_digit(c)) continue;
    index = index * 10 + static_cast<std::uint64_t>(c - '0');
    some = true;
  }
  return some ? std::optional(index) : std::nullopt;
}

// Takes "entries/" or "3/" off `rest`.
bool take_level(std::string_view& rest, TileFile& file) {
  const auto slash = rest.find('/');
  if (slash == rest.npos) return false;
  const auto word = rest.substr(0, slash);
  rest.remove_prefix(slash + 1);
  file.entries = word == "entries";
  if (file.entries) return true;
  const auto level = parse_number(word);
  if (!level.ok() || *level > kTileLevelMax) return false;
  file.id.level = static_cast<unsigned>(*level);
  return true;
}

// Takes ".p/12" off the end of `rest`, where there is one.
bool take_width(std::string_view& rest, TileFile& file) {
  const auto partial = rest.find(kPartial);
  if (partial == rest.npos) return true;
  const auto width = parse_number(rest.substr(partial + kPartial.size()));
  if (!width.ok() || *width == 0 || *width >= kTileWidth) return false;
  file.id.width = static_cast<unsigned>(*width);
  rest = rest.substr(0, partial);
  return true;
}

Error damaged() {
  return Error{ErrorCode::kCorrupt, "a published file of the log is damaged"};
}

}  // namespace

std::string tile_file_path(const TileFile& file) {
  const std::string path = tile_path(file.id);
  return file.entries ? std::string(kEntries) + path.substr(kLevelZero.size()) : path;
}

std::optional<TileFile> parse_tile_file_path(std::string_view path) {
  if (!path.starts_with(kTile)) return std::nullopt;
  std::string_view rest = path.substr(kTile.size());
  TileFile file;
  if (!take_level(rest, file) || !take_width(rest, file)) return std::nullopt;
  const auto index = parse_index(rest);
  if (!index) return std::nullopt;
  file.id.index = *index;
  return tile_file_path(file) == path ? std::optional(file) : std::nullopt;
}

std::string join_hashes(const std::vector<Hash32>& hashes) {
  std::string joined;
  joined.reserve(hashes.size() * kHashBytes);
  for (const Hash32& hash : hashes) joined.append(hash.begin(), hash.end());
  return joined;
}

Result<std::vector<Hash32>> split_hashes(std::string_view joined) {
  if (joined.size() % kHashBytes != 0) return damaged();
  std::vector<Hash32> hashes(joined.size() / kHashBytes);
  for (Hash32& hash : hashes) {
    std::copy_n(joined.begin(), kHashBytes, hash.begin());
    joined.remove_prefix(kHashBytes);
  }
  return hashes;
}

Result<std::string> encode_entries(std::span<const Bytes> leaves) {
  std::string bundle;
  for (const Bytes& leaf : leaves) {
    if (leaf.size() > kLeafBytesMax) {
      return Error{ErrorCode::kTooLarge, "a leaf is too long for an entry bundle"};
    }
    bundle += static_cast<char>(leaf.size() >> 8);
    bundle += static_cast<char>(leaf.size() & 0xff);
    bundle.append(leaf.begin(), leaf.end());
  }
  return bundle;
}

Result<std::vector<Bytes>> parse_entries(std::string_view bundle) {
  std::vector<Bytes> leaves;
  while (!bundle.empty()) {
    if (bundle.size() < kLengthBytes) return damaged();
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bundle[at]); };
    const std::size_t length = std::size_t{byte(0)} << 8 | byte(1);
    bundle.remove_prefix(kLengthBytes);
    if (bundle.size() < length) return damaged();
    leaves.emplace_back(bundle.begin(), bundle.begin() + static_cast<std::ptrdiff_t>(length));
    bundle.remove_prefix(length);
  }
  return leaves;
}

Result<std::string> FileTiles::read(TileFile file, std::size_t bytes_max) const {
  auto content = read_file(directory_ / tile_file_path(file), bytes_max);
  if (content.ok() || content.error().code != ErrorCode::kNotFound) return content;
  if (file.id.width == kTileWidth) return content;
  file.id.width = kTileWidth;
  return read_file(directory_ / tile_file_path(file), bytes_max);
}

Result<std::vector<Hash32>> FileTiles::tile(const TileId& id) {
  const auto joined = read({id, false}, kTileBytesMax);
  if (!joined.ok()) return joined.error();
  auto hashes = split_hashes(*joined);
  if (!hashes.ok()) return hashes;
  if (hashes->size() < id.width) return damaged();
  hashes->resize(id.width);
  return hashes;
}

Result<std::vector<Bytes>> FileTiles::entries(std::uint64_t index, unsigned width) const {
  const auto bundle = read({{0, index, width}, true}, kBundleBytesMax);
  if (!bundle.ok()) return bundle.error();
  auto leaves = parse_entries(*bundle);
  if (!leaves.ok()) return leaves;
  if (leaves->size() < width) return damaged();
  leaves->resize(width);
  return leaves;
}

}  // namespace assent
