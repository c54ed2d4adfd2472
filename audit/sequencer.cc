#include "audit/sequencer.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "audit/leaf.h"
#include "audit/log_store.h"
#include "growing_tiles.h"

namespace assent {
namespace {

// Steps from tenant to tenant along the index, whatever the length of the outbox.
constexpr StaticText kLogsThatWait = R"sql(
  WITH RECURSIVE waiting AS (
    (SELECT tenant FROM audit_outbox ORDER BY tenant LIMIT 1)
    UNION ALL
    SELECT (SELECT tenant FROM audit_outbox WHERE tenant > waiting.tenant ORDER BY tenant LIMIT 1)
      FROM waiting WHERE waiting.tenant IS NOT NULL)
  SELECT tenant FROM waiting WHERE tenant IS NOT NULL
)sql";

// Released with the transaction, after its commit is visible.
constexpr StaticText kTryLock =
    "SELECT pg_try_advisory_xact_lock(hashtextextended('assent.sequencer ' || $1::uuid::text, 0))";

constexpr StaticText kNextBatch =
    "SELECT outbox_id, leaf FROM audit_outbox WHERE tenant = $1 ORDER BY outbox_id LIMIT $2";

constexpr StaticText kMove = R"sql(
  WITH moved AS (
    DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id = ANY($2::bigint[])
    RETURNING outbox_id, event_id, leaf)
  INSERT INTO audit_leaf (tenant, idx, event_id, leaf, sequenced_at)
  SELECT $1, $3 + row_number() OVER (ORDER BY outbox_id) - 1, event_id, leaf, $4 FROM moved
)sql";

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

// Moving one batch of one log, inside its transaction.
class Batch {
 public:
  Batch(Tx& tx, TenantId log) : tx_(tx), log_(log) {}

  Result<std::size_t> run() {
    if (!tx_.query(kTryLock, {log_})[0].flag(0)) return std::size_t{0};
    const Rows rows =
        tx_.query(kNextBatch, {log_, static_cast<std::int64_t>(Sequencer::kBatchMax)});
    if (rows.empty()) return std::size_t{0};
    auto tiles = load_head();
    if (!tiles.ok()) return tiles.error();
    for (const auto& row : rows) see(row.integer(0), row.view(1), *tiles);
    move_leaves();
    store_tiles(*tiles);
    note_writers();
    if (auto moved = move_head(*tiles); !moved.ok()) return moved.error();
    return outbox_ids_.size();
  }

 private:
  Result<GrowingTiles> load_head() {
    const Rows rows =
        tx_.query("SELECT size, root, epoch FROM audit_head WHERE tenant = $1", {log_});
    if (rows.empty()) return GrowingTiles();
    size_ = rows[0].integer(0);
    epoch_ = rows[0].integer(2);
    LogStore store(tx_, log_);
    auto tiles = GrowingTiles::load(store, static_cast<std::uint64_t>(size_));
    auto root = tiles.ok() ? tiles->root() : Result<Hash32>(tiles.error());
    if (!root.ok() || *root != rows[0].hash(1)) {
      return Error{ErrorCode::kCorrupt, "the tiles of the log do not fold to its head"};
    }
    return tiles;
  }

  void see(std::int64_t outbox_id, ByteView leaf, GrowingTiles& tiles) {
    outbox_ids_.push_back(outbox_id);
    tiles.append(leaf_hash(leaf));
    // Bytes that no leaf has are numbered all the same; the verifier will name them.
    const auto decoded = decode(leaf);
    if (!decoded.ok()) return;
    auto& last = last_seq_[static_cast<std::int32_t>(decoded->writer)];
    last = std::max(last, static_cast<std::int64_t>(decoded->writer_seq));
  }

  void move_leaves() {
    const auto moved = tx_.exec(kMove, {log_, Param::array(outbox_ids_), size_, tx_.now()});
    if (moved != static_cast<std::int64_t>(outbox_ids_.size())) {
      throw std::logic_error("leaves vanished from the outbox under the sequencer's lock");
    }
  }

  void store_tiles(const GrowingTiles& tiles) {
    std::vector<std::int16_t> levels;
    std::vector<std::int64_t> indexes;
    std::vector<Bytes> hashes;
    for (const StoredTile& tile : tiles.changed()) {
      levels.push_back(static_cast<std::int16_t>(tile.level));
      indexes.push_back(static_cast<std::int64_t>(tile.index));
      for (Bytes& joined = hashes.emplace_back(); const Hash32& hash : tile.hashes) {
        put(joined, ByteView(hash));
      }
    }
    tx_.exec(kStoreTiles,
             {log_, Param::array(levels), Param::array(indexes), Param::array(hashes)});
  }

  void note_writers() {
    std::vector<std::int32_t> writers;
    std::vector<std::int64_t> numbers;
    for (const auto& [writer, last] : last_seq_) {
      writers.push_back(writer);
      numbers.push_back(last);
    }
    tx_.exec(kNoteWriters, {log_, Param::array(writers), Param::array(numbers)});
  }

  Status move_head(GrowingTiles& tiles) {
    auto root = tiles.root();
    if (!root.ok()) return root.error();
    const auto size = static_cast<std::int64_t>(tiles.size());
    const auto moved = epoch_ ? tx_.exec(kMoveHead, {log_, size, *root, *epoch_})
                              : tx_.exec(kFirstHead, {log_, size, *root});
    if (moved == 1) return Unit{};
    return Error{ErrorCode::kConflict, "another sequencer has moved the head of the log"};
  }

  Tx& tx_;
  TenantId log_;
  std::int64_t size_ = 0;
  std::optional<std::int64_t> epoch_;
  std::vector<std::int64_t> outbox_ids_;
  std::map<std::int32_t, std::int64_t> last_seq_;  // By writer.
};

}  // namespace

Result<std::size_t> Sequencer::sequence_log(TenantId log) {
  return in_tx(db_, TenantId{},
               [&](Tx& tx) -> Result<std::size_t> { return Batch(tx, log).run(); });
}

Result<LogRound> Sequencer::run_once() {
  auto logs = in_tx(db_, TenantId{}, [](Tx& tx) -> Result<std::vector<TenantId>> {
    std::vector<TenantId> waiting;
    const Rows rows = tx.query(kLogsThatWait);
    for (const auto& row : rows) waiting.push_back(row.id<TenantId>(0));
    return waiting;
  });
  if (!logs.ok()) return logs.error();
  LogRound round;
  for (const TenantId log : *logs) {
    auto moved = sequence_log(log);
    if (moved.ok()) {
      round.done += *moved;
    } else {
      round.refused.push_back({log, moved.error()});
    }
  }
  return round;
}

Result<LogRound> Sequencer::drain() {
  std::size_t all = 0;
  while (true) {
    auto round = run_once();
    if (!round.ok()) return round;
    all += round->done;
    if (round->done == 0) return LogRound{all, std::move(round->refused)};
  }
}

}  // namespace assent
