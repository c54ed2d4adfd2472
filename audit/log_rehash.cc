#include "audit/log_rehash.h"

#include <algorithm>
#include <optional>

#include "audit/log_retention.h"
#include "audit/signer_state.h"
#include "audit/tile_files.h"

namespace assent {
namespace {

constexpr std::uint64_t kTilesAtOnce = 16;
constexpr Error kAltered{
    ErrorCode::kCorrupt,
    "an entry of the log was changed, removed or added: run assent audit export, keep the "
    "bundle and the data directory, and call the auditor"};
constexpr Error kTileAltered{
    ErrorCode::kCorrupt,
    "a tile of the log was changed: run assent audit export, keep the bundle and the data "
    "directory, and call the auditor"};
constexpr Error kFileAltered{
    ErrorCode::kCorrupt,
    "a published file of the log is missing, damaged or of another log: keep a copy of it, take "
    "it away and start assent-signer, which writes it again"};
constexpr Error kOtherTree{
    ErrorCode::kCorrupt,
    "the log does not fold to its published checkpoint: run assent audit export, keep the bundle "
    "and the data directory, and call the auditor"};

Hash32 fold(const std::vector<Hash32>& hashes) {
  CompactRange range;
  for (const Hash32& hash : hashes) range.append(hash);
  return range.root();
}

// One published tree, from its leaves up. The first problem ends it.
class OneTree {
 public:
  OneTree(Database& db, TenantId log, const Checkpoint& tree, std::filesystem::path directory)
      : db_(db), log_(log), tree_(tree), files_(std::move(directory)) {}

  // nullopt: sound, or stopped.
  Result<std::optional<LogProblem>> run(const RehashProgress& progress) {
    auto opened = step([&](Tx& tx, LogStore& store) { return open(tx, store); });
    if (!opened.ok() || *opened) return opened;
    const std::uint64_t tiles = (tree_.size + kTileWidth - 1) / kTileWidth;
    for (std::uint64_t first = minimum_ / kTileWidth; first < tiles; first += kTilesAtOnce) {
      const std::uint64_t end = std::min(tiles, first + kTilesAtOnce);
      auto done = step([&](Tx&, LogStore& store) { return leaves(store, first, end); });
      if (!done.ok() || *done) return done;
      stopped_ = progress && !progress(log_, std::min(end * kTileWidth, tree_.size), tree_.size);
      if (stopped_) return std::optional<LogProblem>();
    }
    return step([&](Tx&, LogStore& store) { return upper_levels(store); });
  }

  std::uint64_t minimum() const { return minimum_; }
  bool stopped() const { return stopped_; }

 private:
  template <class Part>
  Result<std::optional<LogProblem>> step(const Part& part) {
    return in_tx(db_, TenantId{}, [&](Tx& tx) -> Result<std::optional<LogProblem>> {
      tx.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      LogStore store(tx, log_);
      return part(tx, store);
    });
  }

  std::optional<LogProblem> problem(const Error& error,
                                    std::optional<std::uint64_t> entry = std::nullopt) const {
    return LogProblem{log_, error, entry};
  }

  std::optional<LogProblem> open(Tx& tx, LogStore& store) {
    auto edge = right_edge(store, tree_.size);
    if (!edge.ok() || edge->root() != tree_.root) return problem(kOtherTree);
    const auto retention = read_retention(tx, log_, {tree_.size, tree_.root});
    if (!retention.ok()) return problem(retention.error());
    minimum_ = retention->minimum();
    first_above_ = minimum_ / kTileWidth;
    return std::nullopt;
  }

  std::optional<LogProblem> leaves(LogStore& store, std::uint64_t first, std::uint64_t end) {
    for (std::uint64_t index = first; index < end; ++index) {
      if (auto found = bundle(store, index)) return found;
    }
    return std::nullopt;
  }

  // The leaves of one tile of level 0.
  std::optional<LogProblem> bundle(LogStore& store, std::uint64_t index) {
    const TileId id{0, index, tile_width(0, index, tree_.size)};
    const std::uint64_t first = index * kTileWidth;
    const auto hashes = store.tile(id);
    if (!hashes.ok()) return problem(kTileAltered, first);
    const auto entries = store.entries(first, first + id.width);
    const auto published = files_.entries(index, id.width);
    for (std::uint64_t i = 0; i < id.width; ++i) {
      if (i >= entries.size() || entries[i].index != first + i ||
          leaf_hash(entries[i].leaf) != (*hashes)[i]) {
        return problem(kAltered, first + i);
      }
      if (!published.ok() || (*published)[i] != entries[i].leaf) {
        return problem(kFileAltered, first + i);
      }
    }
    if (entries.size() != id.width) return problem(kAltered, first + id.width - 1);
    return tile(id, *hashes);
  }

  // What the published file says, and what the tile above has to.
  std::optional<LogProblem> tile(const TileId& id, const std::vector<Hash32>& hashes) {
    const auto published = files_.tile(id);
    if (!published.ok() || *published != hashes) return problem(kFileAltered, first_entry(id));
    if (id.width == kTileWidth) above_.push_back(fold(hashes));
    return std::nullopt;
  }

  std::optional<LogProblem> upper_levels(LogStore& store) {
    for (unsigned level = 1; !above_.empty(); ++level) {
      const std::vector<Hash32> folded = std::exchange(above_, {});
      const std::uint64_t first_folded = std::exchange(first_above_, 0);
      const std::uint64_t count = first_folded + folded.size();
      for (std::uint64_t index = 0; index * kTileWidth < count; ++index) {
        const TileId id{level, index, tile_width(level, index, tree_.size)};
        const auto hashes = store.tile(id);
        if (!hashes.ok()) return problem(kTileAltered, first_entry(id));
        for (std::uint64_t i = 0; i < id.width; ++i) {
          const std::uint64_t at = index * kTileWidth + i;
          if (at >= first_folded && (*hashes)[i] != folded[at - first_folded]) {
            return problem(kTileAltered, first_entry({level - 1, at}));
          }
        }
        if (auto found = tile(id, *hashes)) return found;
      }
    }
    return std::nullopt;
  }

  static std::uint64_t first_entry(const TileId& id) {
    return id.index << (kTileHeight * (id.level + 1));
  }

  Database& db_;
  TenantId log_;
  Checkpoint tree_;
  FileTiles files_;
  std::uint64_t minimum_ = 0;
  std::uint64_t first_above_ = 0;  // The number of the first of them in its level.
  std::vector<Hash32> above_;      // What the level above must hold.
  bool stopped_ = false;
};

}  // namespace

Result<Rehash> rehash_logs(Database& sequencer_role, const LogCheck& check,
                           const RehashProgress& progress) {
  Rehash done;
  for (const TenantId log : published_logs(check.published)) {
    std::optional<LogProblem> found;
    // What is wrong must be so twice: the log may be pruned between two looks.
    for (int look = 0; look == 0 || (look == 1 && found); ++look) {
      auto published = read_published(check.published, log);
      if (!published.ok() && published.error().code == ErrorCode::kUnavailable) {
        return published.error();
      }
      if (!published.ok()) {
        found = LogProblem{log, published.error()};
        continue;
      }
      if (!*published || !(*published)->checkpoint) break;
      OneTree tree(sequencer_role, log, *(*published)->checkpoint,
                   published_log(check.published, log));
      auto looked = tree.run(progress);
      if (!looked.ok()) return looked.error();
      if (tree.stopped()) return done;
      found = std::move(*looked);
      if (!found) done.sound.push_back({log, tree.minimum(), (*published)->checkpoint->size});
    }
    if (found) done.problems.push_back(std::move(*found));
  }
  return done;
}

}  // namespace assent
