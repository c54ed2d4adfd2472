#include "log_growth.h"

#include <algorithm>
#include <vector>

#include "audit/leaf.h"

namespace assent {
namespace {

// Released with the transaction, after its commit is visible.
constexpr StaticText kTryLock =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('assent.sequencer ' || $1::uuid::text, 0))";

constexpr StaticText kStoreTiles = R"sql(
  INSERT INTO audit_tile (tenant, level, tile, hashes)
  SELECT $1, t.level, t.tile, t.hashes
    FROM unnest($2::smallint[], $3::bigint[], $4::bytea[]) AS t(level, tile, hashes)
  ON CONFLICT (tenant, level, tile) DO UPDATE SET hashes = excluded.hashes
)sql";

// The epoch counts batches: whoever lost the lock meanwhile finds another epoch and moves nothing.
constexpr StaticText kFirstHead =
    "INSERT INTO audit_head (tenant, size, root, epoch) VALUES ($1, $2, $3, 1) "
    "ON CONFLICT (tenant) DO NOTHING";
constexpr StaticText kMoveHead =
    "UPDATE audit_head SET size = $2, root = $3, epoch = epoch + 1 "
    "WHERE tenant = $1 AND epoch = $4";

constexpr StaticText kNoteWriters = R"sql(
  UPDATE audit_writer AS w SET last_seq = n.seq
    FROM unnest($2::int[], $3::bigint[]) AS n(writer, seq)
   WHERE w.tenant = $1 AND w.writer_id = n.writer AND w.last_seq < n.seq
)sql";

}  // namespace

bool LogGrowth::lock() {
  return tx_.query(kTryLock, {log_})[0].flag(0);
}

Status LogGrowth::load() {
  LogStore store(tx_, log_);
  before_ = store.head();
  auto tiles = GrowingTiles::load(store, before_.size);
  auto root = tiles.ok() ? tiles->root() : Result<Hash32>(tiles.error());
  if (!root.ok() || *root != before_.root) {
    return Error{ErrorCode::kCorrupt, "the tiles of the log do not fold to its head"};
  }
  tiles_ = std::move(*tiles);
  return Unit{};
}

Status LogGrowth::load_at(std::uint64_t size) {
  if (!lock()) {
    return Error{ErrorCode::kBusy, "a sequencer works on the log: stop the server"};
  }
  if (auto loaded = load(); !loaded.ok()) return loaded;
  if (before_.size == size) return Unit{};
  return Error{ErrorCode::kConflict,
               "the log has changed since it was looked at: stop the server and repeat"};
}

void LogGrowth::append(ByteView leaf) {
  tiles_.append(leaf_hash(leaf));
  // Bytes that no leaf has are numbered all the same; the verifier will name them.
  const auto decoded = decode(leaf);
  if (!decoded.ok()) return;
  auto& last = last_seq_[static_cast<std::int32_t>(decoded->writer)];
  last = std::max(last, static_cast<std::int64_t>(decoded->writer_seq));
}

Status LogGrowth::store() {
  store_tiles();
  note_writers();
  return move_head();
}

void LogGrowth::store_tiles() {
  std::vector<std::int16_t> levels;
  std::vector<std::int64_t> indexes;
  std::vector<Bytes> hashes;
  for (const StoredTile& tile : tiles_.changed()) {
    levels.push_back(static_cast<std::int16_t>(tile.level));
    indexes.push_back(static_cast<std::int64_t>(tile.index));
    for (Bytes& joined = hashes.emplace_back(); const Hash32& hash : tile.hashes) {
      put(joined, ByteView(hash));
    }
  }
  tx_.exec(kStoreTiles, {log_, Param::array(levels), Param::array(indexes), Param::array(hashes)});
}

void LogGrowth::note_writers() {
  std::vector<std::int32_t> writers;
  std::vector<std::int64_t> numbers;
  for (const auto& [writer, last] : last_seq_) {
    writers.push_back(writer);
    numbers.push_back(last);
  }
  tx_.exec(kNoteWriters, {log_, Param::array(writers), Param::array(numbers)});
}

Status LogGrowth::move_head() {
  auto root = tiles_.root();
  if (!root.ok()) return root.error();
  const auto size = static_cast<std::int64_t>(tiles_.size());
  const auto moved = before_.epoch ? tx_.exec(kMoveHead, {log_, size, *root, *before_.epoch})
                                   : tx_.exec(kFirstHead, {log_, size, *root});
  if (moved == 1) return Unit{};
  return Error{ErrorCode::kConflict, "another sequencer has moved the head of the log"};
}

}  // namespace assent
