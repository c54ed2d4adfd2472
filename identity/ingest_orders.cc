#include "ingest_orders.h"

#include <algorithm>
#include <limits>
#include <set>

#include "known_rows.h"

namespace assent {
namespace {

constexpr StaticText kSeen =
    "SELECT key_tag, seen FROM import_occurrence WHERE import_id = $1 AND key_tag = ANY($2)";
constexpr StaticText kStored = "SELECT key_tag FROM purchase_key WHERE key_tag = ANY($1::bytea[])";

class OrderPlanner {
 public:
  OrderPlanner(Tx& tx, const BatchScope& scope, const Source& customers, BatchPlan& plan)
      : tx_(tx), scope_(scope), customers_(customers), plan_(plan) {}

  void run(std::span<const OrderRow> rows, Uuid import, Occurrences& occurrences) {
    std::vector<Tag16> externals;
    for (const OrderRow& row : rows) externals.push_back(external_tag(row));
    load(externals);
    const std::vector<Tag16> keys = keys_of(rows, externals, import, occurrences);
    const std::set<Tag16> stored = stored_keys(keys);
    std::set<Tag16> taken = stored;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      plan_.counts.warnings += rows[i].warnings.size();
      if (!taken.insert(keys[i]).second) {
        ++plan_.counts.unchanged;
        continue;
      }
      take(rows[i], externals[i], keys[i]);
    }
  }

 private:
  Tag16 external_tag(const OrderRow& row) const {
    return scope_.tags.tag(kExternalIdIndex, row.customer.reveal());
  }

  void load(const std::vector<Tag16>& externals) {
    known_ = known_records(tx_, customers_.id, externals);
    std::set<ErasureMarker> markers;
    for (const Tag16& external : externals) {
      for (const ErasureMarker& marker : markers_of(external)) markers.insert(marker);
    }
    const std::vector<ErasureMarker> list(markers.begin(), markers.end());
    for (const StandingMarker& one : ErasureMarkers::standing(tx_, list)) {
      standing_[one.marker] = one.erased_at;
    }
  }

  std::vector<ErasureMarker> markers_of(const Tag16& external) const {
    return markers_for(scope_.tags, {customers_.id, external, {}, std::nullopt});
  }

  // What makes two orders equal when they have no id.
  Tag16 base_key(const OrderRow& row, const Tag16& external) const {
    Bytes content;
    put_u16(content, static_cast<std::uint16_t>(scope_.source.id));
    if (!row.order_id.empty()) {
      put_u32(content, static_cast<std::uint32_t>(row.order_id.reveal().size()));
      put(content, row.order_id.reveal());
      put(content, row.product);
      return scope_.tags.content_tag("order id", content);
    }
    put(content, external);
    put_u64(content, static_cast<std::uint64_t>(row.ordered_at.us));
    put_u64(content, static_cast<std::uint64_t>(row.quantity));
    put_u64(content, static_cast<std::uint64_t>(row.amount_minor));
    put(content, row.currency);
    return scope_.tags.content_tag("order", content);
  }

  Tag16 order_of(const OrderRow& row) const {
    Bytes content;
    put_u16(content, static_cast<std::uint16_t>(scope_.source.id));
    put(content, row.order_id.reveal());
    return scope_.tags.content_tag("one order", content);
  }

  std::vector<Tag16> keys_of(std::span<const OrderRow> rows, const std::vector<Tag16>& externals,
                             Uuid import, Occurrences& occurrences) {
    std::vector<Tag16> keys;
    for (std::size_t i = 0; i < rows.size(); ++i) keys.push_back(base_key(rows[i], externals[i]));
    const Rows seen = tx_.query(kSeen, {import, Param::array(keys)});
    for (const auto& row : seen) {
      occurrences[row.tag(0)] = static_cast<std::int32_t>(row.integer(1));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!rows[i].order_id.empty()) continue;
      Bytes content(keys[i].begin(), keys[i].end());
      put_u32(content, static_cast<std::uint32_t>(++occurrences[keys[i]]));
      keys[i] = scope_.tags.content_tag("order nth", content);
    }
    return keys;
  }

  std::set<Tag16> stored_keys(const std::vector<Tag16>& keys) {
    std::set<Tag16> stored;
    const Rows rows = tx_.query(kStored, {Param::array(keys)});
    for (const auto& row : rows) stored.insert(row.tag(0));
    return stored;
  }

  // Whether an erasure refuses the row; the person's later act ends it.
  bool is_refused(const OrderRow& row, const Tag16& external) {
    for (const ErasureMarker& marker : markers_of(external)) {
      const auto found = standing_.find(marker);
      if (found == standing_.end()) continue;
      if (!scope_.source.act_of_person || row.ordered_at <= found->second) return true;
      plan_.batch.lifted.push_back(marker);
      standing_.erase(found);
    }
    const auto known = known_.find(external);
    return known != known_.end() && known->second.state == 1;
  }

  RecordId buyer(const OrderRow& row, const Tag16& external) {
    const auto found = known_.find(external);
    if (found != known_.end() && found->second.state != 2) return found->second.record;
    const RecordId record{Uuid::v7(tx_.now(), scope_.services.random)};
    plan_.batch.records.push_back(
        {record, customers_.id, external, SubjectRef{Uuid::v4(scope_.services.random)}});
    VersionRow version;
    version.record = record;
    version.row = Uuid::v7(tx_.now(), scope_.services.random);
    version.content = scope_.tags.content_tag("bare", external);
    plan_.add_version(std::move(version), external_id_only(row.customer, scope_.fields),
                      Arrival::kNew);
    plan_.batch.changed.push_back({record, Arrival::kNew, {}});
    known_[external] = {record, 0, 1, {}};
    return record;
  }

  void reject(BatchPlan::Reject reject) {
    Random& random = scope_.services.random;
    plan_.reject(Uuid::v7(tx_.now(), random), Uuid::v7(tx_.now(), random), std::move(reject));
  }

  void take(const OrderRow& row, const Tag16& external, const Tag16& key) {
    if (row.quantity > std::numeric_limits<std::int32_t>::max() ||
        row.quantity < std::numeric_limits<std::int32_t>::min()) {
      return reject({row.line,
                     0,
                     "the quantity is too large",
                     "quantity",
                     external_id_only(row.customer, scope_.fields),
                     {{{}, external, kExternalIdIndex}}});
    }
    if (is_refused(row, external)) return reject(plan_.erased(row.line));
    PurchaseRow purchase;
    purchase.record = buyer(row, external);
    purchase.purchase = Uuid::v7(tx_.now(), scope_.services.random);
    purchase.key = key;
    purchase.ordered_at = row.ordered_at;
    purchase.quantity = static_cast<std::int32_t>(row.quantity);
    purchase.amount_minor = row.amount_minor;
    purchase.currency = row.currency;
    purchase.product = row.product;
    purchase.category = row.category;
    if (!row.order_id.empty()) purchase.order = order_of(row);
    plan_.batch.purchases.push_back(std::move(purchase));
    ++plan_.counts.stored;
  }

  Tx& tx_;
  const BatchScope& scope_;
  const Source& customers_;
  BatchPlan& plan_;
  std::map<Tag16, KnownRecord> known_;
  std::map<ErasureMarker, Timestamp> standing_;
};

}  // namespace

void plan_orders(Tx& tx, const BatchScope& scope, const Source& customers,
                 std::span<const OrderRow> rows, Uuid import, Occurrences& occurrences,
                 BatchPlan& plan) {
  if (!rows.empty()) OrderPlanner(tx, scope, customers, plan).run(rows, import, occurrences);
}

}  // namespace assent
