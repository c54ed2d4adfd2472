#include "batch_rows.h"

#include <unordered_map>

#include "core/digest.h"
#include "core/tag.h"
#include "identity/rejected.h"

namespace assent {
namespace {

// The canonical bytes of a row: each part a length and its bytes.
class RowHash {
 public:
  explicit RowHash(StaticText table) { add(as_bytes(table.view())); }
  RowHash& add(ByteView part) {
    put_u32(bytes_, static_cast<std::uint32_t>(part.size()));
    put(bytes_, part);
    return *this;
  }
  RowHash& add(std::string_view part) { return add(as_bytes(part)); }
  RowHash& number(std::int64_t value) {
    Bytes part;
    put_u64(part, static_cast<std::uint64_t>(value));
    return add(part);
  }
  Hash32 finish() const { return sha256(bytes_); }

 private:
  Bytes bytes_;
};

// One column of many rows.
template <class Row, class Get>
Param column(std::span<const Row> rows, Get get) {
  std::vector<std::decay_t<decltype(get(rows[0]))>> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(get(row));
  return Param::array(values);
}

template <class Row>
Param hashes(std::span<const Row> rows) {
  return column(rows, [](const Row& row) { return batch_row(row).row_hash; });
}

Param positions_of(Positions positions) {
  return Param::array(std::vector<std::int32_t>(positions.begin(), positions.end()));
}

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

template <class IdType>
Param ids(std::span<const IdType> values) {
  return Param::array(std::vector<IdType>(values.begin(), values.end()));
}

struct HeldColumns {
  std::vector<Uuid> holders;
  std::vector<Tag16> tags;
  std::vector<std::int16_t> kinds;

  explicit HeldColumns(std::span<const HeldTag> held) {
    for (const HeldTag& tag : held) {
      holders.push_back(tag.holder);
      tags.push_back(tag.tag);
      kinds.push_back(static_cast<std::int16_t>(tag.kind));
    }
  }
};

}  // namespace

BatchRow batch_row(const VersionRow& row) {
  RowHash hash("record_version");
  hash.add(row.record.view()).number(row.version).add(row.row.view());
  return {"record_version", row.row, hash.add(sha256(row.fields)).add(row.content).finish()};
}

BatchRow batch_row(const OrganisationRow& row) {
  RowHash hash("organisation");
  hash.add(row.organisation.view()).add(row.external).add(row.name).add(row.row.view());
  return {"organisation", row.row, hash.add(sha256(row.fields)).add(row.content).finish()};
}

BatchRow batch_row(const PurchaseRow& row) {
  RowHash hash("purchase");
  hash.add(row.purchase.view()).add(row.key).add(row.record.view()).number(row.ordered_at.us);
  hash.number(row.quantity).number(row.amount_minor).add(row.currency).add(row.product);
  return {"purchase", row.purchase, hash.add(row.category).finish()};
}

BatchRow batch_row(const StoredReject& row) {
  RowHash hash("rejected_row");
  hash.add(row.unit.view()).number(row.line).number(row.column);
  hash.add(row.reason).add(row.field).add(row.row.view());
  return {"rejected_row", row.unit, hash.add(sha256(row.sealed)).finish()};
}

BatchRow batch_row(const RejectedUnit& row) {
  return batch_row(StoredReject{row.unit, static_cast<std::int64_t>(row.line), row.column,
                                std::string(row.reason.view()), row.field, row.row, row.sealed});
}

void store_versions(Tx& tx, EventId leaf, std::span<const VersionRow> rows, Positions positions) {
  if (rows.empty()) return;
  using R = VersionRow;
  tx.post(
      "SELECT store_record_versions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16)",
      {leaf, tx.now(), column(rows, [](const R& r) { return r.record; }),
       column(rows, [](const R& r) { return r.version; }),
       column(rows, [](const R& r) { return r.row; }),
       column(rows, [](const R& r) { return r.fields; }),
       column(rows, [](const R& r) { return r.content; }), positions_of(positions), hashes(rows),
       column(rows, [](const R& r) { return r.country; }),
       column(rows, [](const R& r) { return r.region; }),
       column(rows, [](const R& r) { return r.city; }),
       column(rows, [](const R& r) { return r.age_band; }),
       column(rows, [](const R& r) { return r.majority_month; }),
       column(rows, [](const R& r) { return r.birthday_month; }),
       column(rows, [](const R& r) { return r.gender; })});
}

void store_organisations(Tx& tx, EventId leaf, std::int16_t source,
                         std::span<const OrganisationRow> rows, Positions positions) {
  if (rows.empty()) return;
  using R = OrganisationRow;
  tx.post(
      "SELECT store_organisations($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      {leaf, tx.now(), column(rows, [](const R& r) { return r.organisation; }), source,
       column(rows, [](const R& r) { return r.external; }),
       column(rows, [](const R& r) { return r.name; }),
       column(rows, [](const R& r) { return r.row; }),
       column(rows, [](const R& r) { return r.fields; }),
       column(rows, [](const R& r) { return r.content; }), positions_of(positions), hashes(rows)});
}

void store_purchases(Tx& tx, EventId leaf, std::span<const PurchaseRow> rows, Positions positions) {
  if (rows.empty()) return;
  using R = PurchaseRow;
  tx.post(
      "SELECT store_purchases($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
      "$16)",
      {leaf, tx.now(), column(rows, [](const R& r) { return r.purchase; }),
       column(rows, [](const R& r) { return r.key; }),
       column(rows, [](const R& r) { return r.record; }),
       column(rows, [](const R& r) { return r.ordered_at; }),
       column(rows, [](const R& r) { return r.quantity; }),
       column(rows, [](const R& r) { return r.amount_minor; }),
       column(rows, [](const R& r) { return r.currency; }),
       column(rows, [](const R& r) { return or_null(r.product); }),
       column(rows, [](const R& r) { return or_null(r.category); }), positions_of(positions),
       hashes(rows), column(rows, [](const R& r) { return r.order; }),
       column(rows, [](const R& r) { return r.content; }),
       column(rows, [](const R& r) { return r.source; })});
}

void remove_purchases(Tx& tx, EventId leaf, std::span<const Tag16> keys) {
  if (keys.empty()) return;
  tx.post("SELECT remove_purchases($1, $2)", {leaf, ids(keys)});
}

void store_rejected(Tx& tx, EventId leaf, Uuid import, std::span<const RejectedUnit> rows,
                    Positions positions) {
  if (rows.empty()) return;
  using R = RejectedUnit;
  const Timestamp ends{tx.now().us + kRejectedDays * kDayUs};
  tx.post("SELECT store_rejected_rows($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
          {leaf, tx.now(), ends, import, column(rows, [](const R& r) { return r.unit; }),
           column(rows, [](const R& r) { return static_cast<std::int64_t>(r.line); }),
           column(rows, [](const R& r) { return static_cast<std::int32_t>(r.column); }),
           column(rows, [](const R& r) { return std::string(r.reason.view()); }),
           column(rows, [](const R& r) { return r.field; }),
           column(rows, [](const R& r) { return r.row; }),
           column(rows, [](const R& r) { return r.sealed; }), positions_of(positions), hashes(rows),
           column(rows, [](const R& r) { return std::int16_t{r.denials_kept}; })});
}

void store_records(Tx& tx, EventId leaf, std::span<const NewRecord> rows,
                   std::span<const VersionRow> versions) {
  if (rows.empty()) return;
  std::unordered_map<RecordId, const VersionRow*> newest;
  for (const VersionRow& version : versions) newest[version.record] = &version;
  using R = NewRecord;
  using V = const VersionRow*;
  std::vector<V> shown;
  for (const R& row : rows) shown.push_back(newest.at(row.record));
  const std::span<const V> all(shown);
  tx.post("SELECT store_records($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
          {leaf, tx.now(), column(rows, [](const R& r) { return r.record; }),
           column(rows, [](const R& r) { return r.source; }),
           column(rows, [](const R& r) { return r.external; }),
           column(rows, [](const R& r) { return r.ref; }),
           column(all, [](const V& v) { return v->version; }),
           column(all, [](const V& v) { return v->country; }),
           column(all, [](const V& v) { return v->region; }),
           column(all, [](const V& v) { return v->city; }),
           column(all, [](const V& v) { return v->age_band; }),
           column(all, [](const V& v) { return v->majority_month; }),
           column(all, [](const V& v) { return v->birthday_month; }),
           column(all, [](const V& v) { return v->gender; })});
}

void replace_identifiers(Tx& tx, EventId leaf, std::span<const RecordId> holders,
                         std::span<const HeldTag> held) {
  if (holders.empty() && held.empty()) return;
  const HeldColumns columns(held);
  tx.post("SELECT replace_identifiers($1, $2, $3, $4, $5, $6, $7)",
          {leaf, tx.now(), ids(holders), Param::array(columns.holders), Param::array(columns.tags),
           Param::array(columns.kinds), static_cast<std::int16_t>(TagMaker::kIndexVersion)});
}

void replace_unit_tags(Tx& tx, EventId leaf, std::span<const Uuid> holders,
                       std::span<const HeldTag> held) {
  if (holders.empty() && held.empty()) return;
  const HeldColumns columns(held);
  tx.post("SELECT replace_unit_tags($1, $2, $3, $4, $5)",
          {leaf, ids(holders), Param::array(columns.holders), Param::array(columns.tags),
           Param::array(columns.kinds)});
}

void replace_works_for(Tx& tx, EventId leaf, std::span<const RecordId> holders,
                       std::span<const HeldTag> held) {
  if (holders.empty() && held.empty()) return;
  const HeldColumns columns(held);
  tx.post("SELECT replace_works_for($1, $2, $3, $4)",
          {leaf, ids(holders), Param::array(columns.holders), Param::array(columns.tags)});
}

}  // namespace assent
