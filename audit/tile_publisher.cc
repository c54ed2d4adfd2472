#include "audit/tile_publisher.h"

#include <algorithm>
#include <map>
#include <span>

#include "audit/log_store.h"
#include "audit/signer_state.h"
#include "core/file.h"
#include "growing_tiles.h"
#include "upper_tiles.h"

namespace assent {
namespace {

constexpr unsigned kFileForTheWorld = 0644;
constexpr unsigned kDirectoryForTheWorld = 0755;

Error not_one_tree() {
  return Error{ErrorCode::kCorrupt, "the leaves of the log do not lead to its tiles and its head"};
}

// Calls `visit` for every level of the tree that has a hash.
template <class Visit>
void each_level(std::uint64_t size, Visit visit) {
  for (unsigned level = 0; level * kTileHeight < 64; ++level) {
    if (size >> (level * kTileHeight) == 0) return;
    visit(level);
  }
}

std::uint64_t first_leaf(unsigned level, std::uint64_t index) {
  return (index * kTileWidth) << (level * kTileHeight);
}
std::uint64_t end_leaf(const TileId& id) {
  return (id.index * kTileWidth + id.width) << (id.level * kTileHeight);
}
// How many full tiles of the level end at the leaf or before it.
std::uint64_t tiles_ended(unsigned level, std::uint64_t leaf) {
  return leaf >> ((level + 1) * kTileHeight);
}

// The partial tiles at the right edge.
std::vector<TileId> edge_of(std::uint64_t size) {
  std::vector<TileId> edge;
  each_level(size, [&](unsigned level) {
    const std::uint64_t hashes = size >> (level * kTileHeight);
    if (const auto width = static_cast<unsigned>(hashes % kTileWidth); width != 0) {
      edge.push_back({level, hashes / kTileWidth, width});
    }
  });
  return edge;
}

Result<std::vector<Bytes>> leaves_between(LogStore& store, std::uint64_t first, std::uint64_t end) {
  std::vector<Bytes> leaves;
  for (StoredEntry& entry : store.entries(first, end)) {
    if (entry.index != first + leaves.size()) return not_one_tree();
    leaves.push_back(std::move(entry.leaf));
  }
  if (leaves.size() != end - first) return not_one_tree();
  return leaves;
}

// The full tiles that the leaves filled; at the tree's end the partial ones, too.
Result<std::map<TileId, std::vector<Hash32>>> tiles_of(GrowingTiles& grown, bool at_end) {
  std::map<TileId, std::vector<Hash32>> tiles;
  for (StoredTile& tile : grown.changed()) {
    if (tile.hashes.size() == kTileWidth) {
      tiles[{tile.level, tile.index, kTileWidth}] = std::move(tile.hashes);
    }
  }
  if (!at_end) return tiles;
  for (const TileId& id : edge_of(grown.size())) {
    auto hashes = grown.tile(id);
    if (!hashes.ok()) return not_one_tree();
    tiles[id] = std::move(*hashes);
  }
  return tiles;
}

// Whether the tree `grown` is what the head's tree began with.
bool is_part_of(LogStore& store, GrowingTiles& grown, const Checkpoint& head) {
  const auto root = grown.root();
  if (!root.ok()) return false;
  if (grown.size() == head.size) return *root == head.root;
  const auto path = consistency_path(store, grown.size(), head.size);
  return path.ok() && verify_consistency(grown.size(), head.size, *root, head.root, *path);
}

}  // namespace

// The leaves [first, end) of the head's tree; `first` is a multiple of a bundle's width.
struct TilePublisher::Step {
  const Checkpoint& head;
  std::uint64_t first;
  std::uint64_t end;
  std::uint64_t signed_size;
};

Result<bool> TilePublisher::publish(Database& db, const Checkpoint& head, std::uint64_t signed_size,
                                    std::uint64_t minimum) {
  if (written_ == head) return true;
  if (!complete_) {
    if (auto written = write_above_pruned(db, head, minimum); !written.ok()) return written.error();
    complete_ = first_missing(signed_size, minimum);
  }
  const std::uint64_t first = first_to_write(head, signed_size);
  begun_ = head;
  if (first < head.size) {
    const std::uint64_t end = std::min(head.size, (first / leaves_at_once_ + 1) * leaves_at_once_);
    const Step step{head, first, end, signed_size};
    auto files = in_tx(db, TenantId{}, [&](Tx& tx) { return prepare(tx, step); });
    if (!files.ok()) return files.error();
    for (const Ready& ready : *files) {
      if (auto written = write(ready); !written.ok()) return written.error();
    }
    complete_ = end;
    if (end < head.size) return false;
  }
  written_ = head;
  return true;
}

// Of a tree that is not the one begun, nothing beyond what was signed can be relied on.
std::uint64_t TilePublisher::first_to_write(const Checkpoint& head, std::uint64_t signed_size) {
  if (begun_ == head) return *complete_;
  std::erase_if(replaced_, [&](const TileFile& full) { return end_leaf(full.id) > signed_size; });
  complete_ = std::min(*complete_, signed_size) / kTileWidth * kTileWidth;
  return *complete_;
}

void TilePublisher::remove_replaced() {
  std::error_code ignored;
  for (const TileFile& full : replaced_) std::filesystem::remove_all(partials_of(full), ignored);
  replaced_.clear();
}

// Of the files of a tree, where the first begins that is not there; its size if all are.
// Never before the minimum index: what ends there is pruned, or written by write_above_pruned().
std::uint64_t TilePublisher::first_missing(std::uint64_t size, std::uint64_t minimum) {
  std::uint64_t missing = size;
  each_level(size, [&](unsigned level) {
    std::uint64_t index = tiles_ended(level, minimum);
    for (; first_leaf(level, index) < missing; ++index) {
      const unsigned width = tile_width(level, index, size);
      if (width == 0) break;
      if (!look_at({level, index, width})) {
        missing = std::max(first_leaf(level, index), minimum);
      }
    }
  });
  return missing;
}

// The tiles whose entries are all pruned are made of no leaves any more; above level 0 they stay.
Status TilePublisher::write_above_pruned(Database& db, const Checkpoint& head,
                                         std::uint64_t minimum) {
  for (unsigned level = 1; tiles_ended(level, minimum) > 0; ++level) {
    for (std::uint64_t index = 0; index < tiles_ended(level, minimum); ++index) {
      const TileFile file{{level, index, kTileWidth}, false};
      if (is_there(file)) continue;
      const auto hashes = in_tx(db, TenantId{}, [&](Tx& tx) {
        LogStore store(tx, log_);
        return proved_tile(store, file.id, {head.size, head.root});
      });
      if (!hashes.ok()) return hashes.error();
      if (auto written = write({file, join_hashes(*hashes)}); !written.ok()) return written;
    }
  }
  return Unit{};
}

// Whether the tile is there, and at level 0 its leaves.
bool TilePublisher::look_at(const TileId& id) {
  for (const bool entries : {false, true}) {
    if (entries && id.level != 0) continue;
    const TileFile file{id, entries};
    if (!is_there(file)) return false;
    std::error_code failed;
    if (id.width == kTileWidth && std::filesystem::is_directory(partials_of(file), failed)) {
      replaced_.push_back(file);
    }
  }
  return true;
}

bool TilePublisher::is_there(const TileFile& file) const {
  std::error_code failed;
  const auto bytes = std::filesystem::file_size(directory_ / tile_file_path(file), failed);
  return !failed && (file.entries || bytes == file.id.width * Hash32{}.size());
}

std::filesystem::path TilePublisher::partials_of(const TileFile& full) const {
  return (directory_ / tile_file_path(full)).concat(".p");
}

bool TilePublisher::is_due(const TileFile& file, const Step& step) const {
  return end_leaf(file.id) > step.signed_size || !is_there(file);
}

Result<std::vector<TilePublisher::Ready>> TilePublisher::prepare(Tx& tx, const Step& step) const {
  LogStore store(tx, log_);
  const auto leaves = leaves_between(store, step.first, step.end);
  if (!leaves.ok()) return leaves.error();
  auto grown = GrowingTiles::load(store, step.first);
  if (!grown.ok()) return not_one_tree();
  for (const Bytes& leaf : *leaves) grown->append(leaf_hash(leaf));
  if (!is_part_of(store, *grown, step.head)) return not_one_tree();
  std::vector<Ready> files;
  const auto tiles = tiles_of(*grown, step.end == step.head.size);
  if (!tiles.ok()) return tiles.error();
  for (const auto& [id, hashes] : *tiles) {
    const auto stored = store.tile(id);
    if (!stored.ok() || *stored != hashes) return not_one_tree();
    const TileFile file{id, false};
    if (is_due(file, step)) files.push_back({file, join_hashes(hashes)});
  }
  for (std::uint64_t at = step.first; at < step.end; at += kTileWidth) {
    const auto width = static_cast<unsigned>(std::min(kTileWidth, step.end - at));
    const TileFile file{{0, at / kTileWidth, width}, true};
    if (!is_due(file, step)) continue;
    auto bundle = encode_entries(std::span(*leaves).subspan(at - step.first, width));
    if (!bundle.ok()) return bundle.error();
    files.push_back({file, std::move(*bundle)});
  }
  return files;
}

Status TilePublisher::write(const Ready& ready) {
  const auto path = directory_ / tile_file_path(ready.file);
  if (auto made = make_directories(path.parent_path(), kDirectoryForTheWorld); !made.ok()) {
    return made;
  }
  auto written = replace_file(path, ready.content, kFileForTheWorld);
  if (written.ok() && ready.file.id.width == kTileWidth) {
    replaced_.push_back(ready.file);
  }
  return written;
}

}  // namespace assent
