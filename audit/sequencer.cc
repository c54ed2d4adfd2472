#include "audit/sequencer.h"

#include <stdexcept>

#include "log_growth.h"

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

constexpr StaticText kNextBatch =
    "SELECT outbox_id, leaf FROM audit_outbox WHERE tenant = $1 ORDER BY outbox_id LIMIT $2";

constexpr StaticText kMove = R"sql(
  WITH moved AS (
    DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id = ANY($2::bigint[])
    RETURNING outbox_id, event_id, leaf)
  INSERT INTO audit_leaf (tenant, idx, event_id, leaf, sequenced_at)
  SELECT $1, $3 + row_number() OVER (ORDER BY outbox_id) - 1, event_id, leaf, $4 FROM moved
)sql";

// Moving one batch of one log, inside its transaction.
class Batch {
 public:
  Batch(Tx& tx, TenantId log) : tx_(tx), log_(log), growth_(tx, log) {}

  Result<std::size_t> run() {
    if (!growth_.lock()) return std::size_t{0};
    const Rows rows =
        tx_.query(kNextBatch, {log_, static_cast<std::int64_t>(Sequencer::kBatchMax)});
    if (rows.empty()) return std::size_t{0};
    if (auto loaded = growth_.load(); !loaded.ok()) return loaded.error();
    if (growth_.before().recovering_from) {
      return Error{ErrorCode::kCorrupt,
                   "the log is being recovered: 'assent audit recover' goes on with it"};
    }
    for (const auto& row : rows) {
      outbox_ids_.push_back(row.integer(0));
      growth_.append(row.view(1));
    }
    move_leaves();
    if (auto stored = growth_.store(); !stored.ok()) return stored.error();
    return outbox_ids_.size();
  }

 private:
  void move_leaves() {
    const auto first = static_cast<std::int64_t>(growth_.before().size);
    const auto moved = tx_.exec(kMove, {log_, Param::array(outbox_ids_), first, tx_.now()});
    if (moved != static_cast<std::int64_t>(outbox_ids_.size())) {
      throw std::logic_error("leaves vanished from the outbox under the sequencer's lock");
    }
  }

  Tx& tx_;
  TenantId log_;
  LogGrowth growth_;
  std::vector<std::int64_t> outbox_ids_;
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

Result<std::size_t> Sequencer::drain(TenantId log) {
  std::size_t all = 0;
  while (true) {
    auto moved = sequence_log(log);
    if (!moved.ok() || *moved == 0) return moved.ok() ? Result<std::size_t>(all) : moved;
    all += *moved;
  }
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
