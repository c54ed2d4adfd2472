#include "audit/journal.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "audit/commitments.h"
#include "audit/merkle.h"

namespace assent {
namespace {

constexpr std::uint16_t kDetailField = 30;  // policies/fields.yaml: audit_detail.

}  // namespace

void Journal::register_writer(Tx& tx) {
  const WriterNumber unregistered = tx.take_writer_number();
  Leaf opened;
  opened.event = AuditEvent::kWriterOpened;
  opened.actor_kind = ActorKind::kProcess;
  if (unregistered.replaces != 0) {
    const auto dead = static_cast<std::int32_t>(unregistered.replaces);
    const std::int64_t last = tx.query("SELECT last_writer_seq($1)", {dead})[0].integer(0);
    if (last >= 0)
      opened.ext = ReplacedWriter{{unregistered.replaces, static_cast<std::uint64_t>(last)}};
  }
  const Rows rows = tx.query("SELECT open_writer($1, $2)",
                             {static_cast<std::int32_t>(unregistered.replaces), tx.now()});
  opened.writer = static_cast<std::uint32_t>(rows[0].integer(0));
  opened.tenant = tx.tenant();
  opened.id = {Uuid::v7(tx.now(), random_)};
  opened.time = tx.now();
  tx.post(append_, {encode(opened)});
  tx.adopt_writer(opened.writer);
}

void Journal::complete(Tx& tx, Leaf& leaf) {
  if (!tx.has_writer()) register_writer(tx);
  const WriterNumber number = tx.take_writer_number();
  leaf.tenant = tx.tenant();
  leaf.id = {Uuid::v7(tx.now(), random_)};
  leaf.time = tx.now();
  leaf.writer = number.id;
  leaf.writer_seq = number.seq;
}

EventId Journal::append(Tx& tx, Leaf leaf) {
  complete(tx, leaf);
  tx.post(append_, {encode(leaf)});
  return leaf.id;
}

EventId Journal::append(Tx& tx, Leaf leaf, const Detail& detail) {
  Hash32 salt{};
  random_.fill(salt);
  leaf.detail_hash = detail_hash(salt, detail.payload);
  complete(tx, leaf);
  Bytes sealed_content(salt.begin(), salt.end());
  put(sealed_content, detail.payload);
  const FieldPlace place{tx.tenant().value, detail.record.value, kDetailField, leaf.id.value};
  tx.post("CALL append_with_detail($1, $2, $3)",
          {encode(leaf), detail.record,
           seal_field(detail.key, detail.use, place, FieldType::kBytes, sealed_content, random_)});
  return leaf.id;
}

BatchSeal seal_batch(const std::vector<BatchRow>& rows) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(rows[a].row_id, rows[a].table.view(), rows[a].row_hash) <
           std::tuple(rows[b].row_id, rows[b].table.view(), rows[b].row_hash);
  });
  BatchSeal seal;
  seal.positions.resize(rows.size());
  CompactRange tree;
  for (std::size_t position = 0; position < order.size(); ++position) {
    const BatchRow& row = rows[order[position]];
    seal.positions[order[position]] = static_cast<std::int32_t>(position);
    tree.append(leaf_hash(sealed_row_entry(row.table.view(), row.row_id, row.row_hash)));
  }
  seal.root = tree.root();
  return seal;
}

}  // namespace assent
