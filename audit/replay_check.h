#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "audit/log_recovery.h"
#include "growing_tiles.h"
#include "published_tree.h"

namespace assent {

// Do the published leaves lead from the database's tree to the signed root? Reads each of them once
// and judges a survey by it. Private to the recovery. Not thread-safe.
class ReplayCheck {
 public:
  // While the database is looked at: its edge at `size`, and what waits in its outbox.
  Status begin(Tx& tx, TenantId log, std::uint64_t size);
  // `ends` are those of the steps. The survey, which is kBehind, stays so or becomes another one.
  void run(LogSurvey& survey, PublishedTree& files, const std::vector<std::uint64_t>& ends,
           const RecoveryProgress& progress);

 private:
  bool step(const std::vector<Bytes>& leaves, bool is_last, PublishedTree& files,
            LogSurvey& survey);
  void compare(const StoredTile& tile, bool is_last, PublishedTree& files);
  void judge(LogSurvey& survey, const PublishedTree& files) const;

  GrowingTiles grown_;
  std::optional<TileFile> doubt_;  // The first published tile that differs.
  std::map<std::pair<std::uint32_t, std::uint64_t>, Hash32> waiting_;  // By writer and number.
};

// Why a log whose database has another history is not replayed.
Error other_history();

}  // namespace assent
