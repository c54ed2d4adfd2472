#include "replay_check.h"

#include <algorithm>
#include <stdexcept>

#include "audit/leaf.h"
#include "audit/log_store.h"
#include "audit/merkle.h"

namespace assent {
namespace {

enum class History { kSame, kOther, kUnknown };

// Is the database's tree what the signed one began with? Only by files that prove it.
History history_of(PublishedTree& files, const LogHead& head, const Checkpoint& newest) {
  if (head.size == 0) return History::kSame;
  const auto edge = right_edge(files, head.size);
  const auto path = consistency_path(files, head.size, newest.size);
  if (!edge.ok() || !path.ok() ||
      !verify_consistency(head.size, newest.size, edge->root(), newest.root, *path)) {
    return History::kUnknown;
  }
  return edge->root() == head.root ? History::kSame : History::kOther;
}

Error written_to() {
  return {
      ErrorCode::kConflict,
      "acts were written to the restored database before its log was recovered: restore it once "
      "more, and recover its log first"};
}

Error bad_file(ErrorCode code) {
  if (code == ErrorCode::kNotFound) {
    return {code, "a published file that is needed is missing: bring a copy of it back"};
  }
  return {
      ErrorCode::kCorrupt,
      "a published file is not what was signed: put a good copy of it in its place; without one "
      "of a tile, take it away, and the signer makes it again"};
}

void become(LogSurvey& survey, LogCondition condition, Error why) {
  survey.condition = condition;
  survey.why = std::move(why);
  survey.roots.clear();
}

}  // namespace

Error other_history() {
  return {ErrorCode::kConflict,
          "the database holds another history than the one that was signed: restore a backup of "
          "before they parted, or let it go on openly, as a fork"};
}

Status ReplayCheck::begin(Tx& tx, TenantId log, std::uint64_t size) {
  LogStore store(tx, log);
  auto tiles = GrowingTiles::load(store, size);
  if (!tiles.ok()) return tiles.error();
  grown_ = std::move(*tiles);
  const Rows rows = tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1", {log});
  for (const auto& row : rows) {
    const auto leaf = decode(row.view(0));
    if (leaf.ok()) waiting_[{leaf->writer, leaf->writer_seq}] = leaf_hash(row.view(0));
  }
  return Unit{};
}

void ReplayCheck::run(LogSurvey& survey, PublishedTree& files,
                      const std::vector<std::uint64_t>& ends, const RecoveryProgress& progress) {
  if (ends.empty()) return;
  const std::uint64_t first = survey.head.size;
  if (history_of(files, survey.head, survey.newest) == History::kOther) {
    return become(survey, LogCondition::kOtherHistory, other_history());
  }
  for (const std::uint64_t end : ends) {
    const auto leaves = files.leaves(grown_.size(), end);
    if (!leaves.ok()) {
      survey.file = files.blamed();
      return become(survey, LogCondition::kFilesBad, bad_file(leaves.error().code));
    }
    if (!step(*leaves, end == ends.back(), files, survey)) {
      return become(survey, LogCondition::kRefused, written_to());
    }
    progress(end - first, survey.signed_size() - first);
  }
  judge(survey, files);
}

// False when the outbox has another leaf under a number of a writer.
bool ReplayCheck::step(const std::vector<Bytes>& leaves, bool is_last, PublishedTree& files,
                       LogSurvey& survey) {
  // Of the step before only the edge goes on: memory stays that of one step.
  auto edge = GrowingTiles::load(grown_, grown_.size());
  if (!edge.ok()) throw std::logic_error("an edge that was grown cannot be loaded");
  for (const Bytes& bytes : leaves) {
    const Hash32 hash = leaf_hash(bytes);
    edge->append(hash);
    const auto leaf = decode(bytes);
    if (!leaf.ok()) continue;
    survey.newest_act = std::max(survey.newest_act, leaf->time);
    const auto waits = waiting_.find({leaf->writer, leaf->writer_seq});
    if (waits != waiting_.end() && waits->second != hash) return false;
  }
  grown_ = std::move(*edge);
  for (const StoredTile& tile : grown_.changed()) compare(tile, is_last, files);
  const auto root = grown_.root();
  survey.roots.push_back(root.ok() ? *root : Hash32{});
  return true;
}

// A tile that is missing proves nothing; the first one that says another thing is remembered.
void ReplayCheck::compare(const StoredTile& tile, bool is_last, PublishedTree& files) {
  if (doubt_ || (tile.hashes.size() < kTileWidth && !is_last)) return;
  const TileFile file = files.file_of(tile.level, tile.index, false);
  const auto published = files.tile(file.id);
  if (!published.ok() && published.error().code == ErrorCode::kNotFound) return;
  if (!published.ok() || *published != tile.hashes) doubt_ = file;
}

void ReplayCheck::judge(LogSurvey& survey, const PublishedTree& files) const {
  const bool leads_to_root = survey.roots.back() == survey.newest.root;
  if (leads_to_root && !doubt_) return;
  survey.file = doubt_;
  // Right leaves leave the tile to blame; else it is the leaves, which do not fit the lowest tile.
  if (!leads_to_root && doubt_ && doubt_->id.level == 0) {
    survey.file = files.file_of(0, doubt_->id.index, true);
  }
  become(survey, LogCondition::kFilesBad, bad_file(ErrorCode::kCorrupt));
}

}  // namespace assent
