#include "replay_step.h"

#include <algorithm>

#include "audit/leaf.h"
#include "log_growth.h"

namespace assent {
namespace {

constexpr StaticText kPutBack = R"sql(
  INSERT INTO audit_leaf (tenant, idx, event_id, leaf, sequenced_at)
  SELECT $1, $2 + place - 1, encode(substring(leaf FROM 24 FOR 16), 'hex')::uuid, leaf, $4
    FROM unnest($3::bytea[]) WITH ORDINALITY AS t(leaf, place)
)sql";

// They have their number in the log already.
constexpr StaticText kTakeFromOutbox =
    "DELETE FROM audit_outbox WHERE tenant = $1 AND leaf = ANY($2::bytea[])";

constexpr StaticText kOpenWriters = R"sql(
  INSERT INTO audit_writer (tenant, writer_id, replaces, opened_at) OVERRIDING SYSTEM VALUE
  SELECT $1, w, r, at FROM unnest($2::int[], $3::int[], $4::timestamptz[]) AS t(w, r, at)
  ON CONFLICT (tenant, writer_id) DO NOTHING
)sql";

// Else a new session would get the number of one that has entries in the log.
constexpr StaticText kPassWriters =
    "SELECT setval(pg_get_serial_sequence('audit_writer', 'writer_id'), "
    "greatest($1, (SELECT last_value FROM audit_writer_writer_id_seq)))";

constexpr StaticText kGoOn = "UPDATE audit_head SET recovering_from = $2 WHERE tenant = $1";

// What a step of a replay must tell the table of writers.
class ReplayedWriters {
 public:
  void see(ByteView bytes) {
    const auto leaf = decode(bytes);
    if (!leaf.ok()) return;
    highest_ = std::max(highest_, std::int64_t{leaf->writer});
    if (leaf->event != AuditEvent::kWriterOpened) return;
    const auto* replaced = std::get_if<ReplacedWriter>(&leaf->ext);
    ids_.push_back(static_cast<std::int32_t>(leaf->writer));
    replaces_.push_back(replaced == nullptr ? 0 : static_cast<std::int32_t>(replaced->writer));
    opened_.push_back(leaf->time);
  }
  void store(Tx& tx, TenantId log) const {
    tx.exec(kOpenWriters,
            {log, Param::array(ids_), Param::array(replaces_), Param::array(opened_)});
    if (highest_ > 0) tx.query(kPassWriters, {highest_});
  }

 private:
  std::int64_t highest_ = 0;
  std::vector<std::int32_t> ids_;
  std::vector<std::int32_t> replaces_;
  std::vector<Timestamp> opened_;
};

}  // namespace

Status put_back(Tx& tx, const LogSurvey& survey, const std::vector<Bytes>& leaves,
                std::uint64_t first, const Hash32& root) {
  LogGrowth growth(tx, survey.log);
  if (auto loaded = growth.load_at(first); !loaded.ok()) return loaded;
  ReplayedWriters writers;
  for (const Bytes& leaf : leaves) {
    growth.append(leaf);
    writers.see(leaf);
  }
  const auto reached = growth.root();
  if (!reached.ok()) return reached.error();
  if (*reached != root) {
    return Error{ErrorCode::kCorrupt, "a published file has changed since it was looked at"};
  }
  tx.exec(kPutBack, {survey.log, static_cast<std::int64_t>(first), Param::array(leaves), tx.now()});
  tx.exec(kTakeFromOutbox, {survey.log, Param::array(leaves)});
  writers.store(tx, survey.log);
  if (auto stored = growth.store(); !stored.ok()) return stored;
  tx.exec(kGoOn, {survey.log, static_cast<std::int64_t>(survey.database_size())});
  return Unit{};
}

}  // namespace assent
