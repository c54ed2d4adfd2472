#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/tile_files.h"
#include "core/db.h"

namespace assent {

// Writes one log as files (tile_files.h) for everybody to read, and of it what is new: the signer's
// hand. Not thread-safe.
//
// Every file is made from the leaves, and written when these lead to the root that is to be signed
// and to the tiles of the database. Files of what was signed are never written again while they are
// there; those beyond it are, since a signature that was not made binds nobody to them.
class TilePublisher {
 public:
  static constexpr std::uint64_t kLeavesAtOnce = 64 * kTileWidth;

  // `directory` is the log's own; what is missing of it is made. `leaves_at_once`, a multiple of a
  // tile's width, bounds memory and time of a call.
  TilePublisher(TenantId log, std::filesystem::path directory,
                std::uint64_t leaves_at_once = kLeavesAtOnce)
      : log_(log), directory_(std::move(directory)), leaves_at_once_(leaves_at_once) {}

  // True: all files of the tree `head` are durable. False: as many as belong to leaves_at_once are;
  // the next call for the same tree goes on. `signed_size` is that of the checkpoint before. The
  // first call of a process looks whether files of that one are missing. `minimum` is the log's
  // minimum index: what ends before it is never written again.
  // kCorrupt      leaves, tiles and head of the database are not of one tree: nothing was written
  //               of the part where they are not.
  // kUnavailable  the disk or the database refuses.
  Result<bool> publish(Database& db, const Checkpoint& head, std::uint64_t signed_size,
                       std::uint64_t minimum = 0);

  // Removes the partial files that a full one replaces. Only when the checkpoint that covers the
  // full ones is out: until then who holds the older one needs them. What is left, a later start
  // finds.
  void remove_replaced();

 private:
  struct Ready {
    TileFile file;
    std::string content;
  };
  struct Step;

  std::uint64_t first_to_write(const Checkpoint& head, std::uint64_t signed_size);
  std::uint64_t first_missing(std::uint64_t size);
  std::uint64_t first_missing(std::uint64_t size, std::uint64_t minimum);
  Status write_above_pruned(Database& db, const Checkpoint& head, std::uint64_t minimum);
  bool look_at(const TileId& id);
  bool is_there(const TileFile& file) const;
  bool is_due(const TileFile& file, const Step& step) const;
  std::filesystem::path partials_of(const TileFile& full) const;
  Result<std::vector<Ready>> prepare(Tx& tx, const Step& step) const;
  Status write(const Ready& ready);

  TenantId log_;
  std::filesystem::path directory_;
  std::uint64_t leaves_at_once_;
  std::optional<std::uint64_t> complete_;  // Of the leaves before it, all files are there.
  std::vector<TileFile> replaced_;         // Full files, of which partial ones may be left.
  std::optional<Checkpoint> begun_;        // The tree to which they belong, beyond what is signed.
  std::optional<Checkpoint> written_;      // The newest tree of which they are.
};

}  // namespace assent
