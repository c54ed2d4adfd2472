#include "audit/removed_rows.h"

#include "audit/commitments.h"

namespace assent {

BatchRow batch_row(const RemovedRow& removed) {
  return {"removed_row", removed.leaf.value, removal_hash(removed.position, removed.entry)};
}

void note_removed(Tx& tx, EventId leaf, std::span<const RemovedRow> rows,
                  std::span<const std::int32_t> positions) {
  if (rows.empty()) return;
  std::vector<EventId> leaves;
  std::vector<std::int32_t> places;
  std::vector<Hash32> entries;
  for (const RemovedRow& row : rows) {
    leaves.push_back(row.leaf);
    places.push_back(row.position);
    entries.push_back(row.entry);
  }
  const std::vector<std::int32_t> removals(positions.begin(), positions.end());
  tx.post("SELECT note_removed_rows($1, $2, $3, $4, $5)",
          {leaf, Param::array(leaves), Param::array(places), Param::array(entries),
           Param::array(removals)});
}

Removal append_removal(Tx& tx, Journal& journal, Leaf leaf, const std::vector<RemovedRow>& rows,
                       const std::vector<BatchRow>& added) {
  std::vector<BatchRow> sealed;
  for (const RemovedRow& row : rows) sealed.push_back(batch_row(row));
  sealed.insert(sealed.end(), added.begin(), added.end());
  const BatchSeal seal = seal_batch(sealed);
  if (!sealed.empty()) leaf.record_hash = seal.root;
  const EventId stored = journal.append(tx, leaf);
  const std::span<const std::int32_t> positions(seal.positions);
  note_removed(tx, stored, rows, positions.first(rows.size()));
  const auto others = positions.subspan(rows.size());
  return {stored, {others.begin(), others.end()}};
}

}  // namespace assent
