#include "ingest_orders.h"

#include <algorithm>
#include <limits>
#include <set>

#include "erased_rows.h"
#include "known_rows.h"

namespace assent {
namespace {

constexpr StaticText kSeen =
    "SELECT key_tag, seen FROM import_occurrence WHERE import_id = $1 AND key_tag = ANY($2)";
constexpr StaticText kStored =
    "SELECT key_tag, record_id, content_tag FROM purchase_key WHERE key_tag = ANY($1::bytea[])";

// An order line that is stored, or will be with this group.
struct KnownLine {
  RecordId record;
  std::optional<Tag16> content;
  std::optional<std::size_t> planned;  // In Batch::purchases.
};

// What zones and skewed clocks may put an order ahead. Later than that it is a mistake.
constexpr std::int64_t kOrderAheadMaxUs = 2 * kDayUs;

class OrderPlanner {
 public:
  OrderPlanner(Tx& tx, const BatchScope& scope, const OrderRules& rules, BatchPlan& plan)
      : tx_(tx),
        scope_(scope),
        rules_(rules),
        customers_(rules.customers),
        plan_(plan),
        erased_(tx, scope.tags, scope.services.names) {}

  void run(std::span<const OrderRow> rows, Uuid import, Occurrences& occurrences) {
    std::vector<Tag16> externals;
    for (const OrderRow& row : rows) externals.push_back(external_tag(row));
    load(externals);
    const std::vector<Tag16> keys = keys_of(rows, externals, import, occurrences);
    load_lines(keys);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      plan_.counts.warnings += rows[i].warnings.size();
      const bool met = !rows[i].order_id.empty() && ++occurrences[keys[i]] > 1;
      take(rows[i], externals[i], keys[i], met);
    }
  }

 private:
  Tag16 external_tag(const OrderRow& row) const {
    return scope_.tags.tag(kExternalIdIndex, row.customer.reveal());
  }

  void load(const std::vector<Tag16>& externals) {
    known_ = known_records(tx_, customers_.id, externals);
    std::vector<ErasureMarker> markers;
    for (const Tag16& external : externals) markers.push_back(marker_of(external));
    erased_.look_up(markers);
  }

  ErasureMarker marker_of(const Tag16& external) const {
    return source_marker(scope_.tags, customers_.id, external);
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

  void load_lines(const std::vector<Tag16>& keys) {
    const Rows rows = tx_.query(kStored, {Param::array(keys)});
    for (const auto& row : rows) {
      lines_[row.tag(0)] = {row.id<RecordId>(1), row.optional(2, &Rows::Row::tag), std::nullopt};
    }
  }

  // What a correction changes.
  std::optional<Tag16> content_of(const OrderRow& row) const {
    if (row.order_id.empty()) return std::nullopt;
    Bytes content;
    put_u64(content, static_cast<std::uint64_t>(row.ordered_at.us));
    put_u64(content, static_cast<std::uint64_t>(row.quantity));
    put_u64(content, static_cast<std::uint64_t>(row.amount_minor));
    put(content, row.currency);
    put(content, row.category);
    return scope_.tags.content_tag("order line", content);
  }

  // Whether an erasure refuses the row; the person's later act ends it.
  bool is_refused(const OrderRow& row, const Tag16& external) {
    const std::vector<ErasureMarker> markers{marker_of(external)};
    const auto acted = scope_.source.act_of_person ? std::optional(row.ordered_at) : std::nullopt;
    if (erased_.refuse(markers, acted)) return true;
    const auto known = known_.find(external);
    if (known != known_.end() && known->second.state == 1) return true;
    for (const Uuid& group : erased_.lift(markers)) plan_.batch.lifted.push_back(group);
    return false;
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

  struct Fault {
    StaticText reason;
    std::uint32_t column;
    const char* field;
  };

  void reject(BatchPlan::Reject reject) {
    Random& random = scope_.services.random;
    plan_.reject(Uuid::v7(tx_.now(), random), Uuid::v7(tx_.now(), random), std::move(reject));
  }

  // Of an erased person's row nothing is kept.
  void reject(const OrderRow& row, const Tag16& external, const Fault& fault) {
    const std::vector<ErasureMarker> markers{marker_of(external)};
    if (erased_.refuse(markers, std::nullopt)) return reject(plan_.erased(row.line));
    reject({row.line,
            fault.column,
            fault.reason,
            fault.field,
            external_id_only(row.customer, scope_.fields),
            {{{}, external, kExternalIdIndex}},
            {}});
  }

  std::optional<Fault> fault_of(const OrderRow& row) const {
    if (row.quantity > std::numeric_limits<std::int32_t>::max() ||
        row.quantity < std::numeric_limits<std::int32_t>::min()) {
      return Fault{"the quantity is too large", row.quantity_column, "quantity"};
    }
    if (row.ordered_at.us > tx_.now().us + kOrderAheadMaxUs) {
      return Fault{"the order lies in the future", row.date_column, "ordered_at"};
    }
    return std::nullopt;
  }

  // Why a row on a line that is known may not correct it.
  std::optional<Fault> contradiction(const OrderRow& row, const Tag16& external,
                                     const KnownLine& line, bool met) const {
    const auto customer = known_.find(external);
    if (customer == known_.end() || customer->second.record != line.record) {
      return Fault{"the order id is another customer's", row.id_column, "order_id"};
    }
    if (content_of(row) == line.content) return std::nullopt;
    if (!met || rules_.corrections == Corrections::kInOrder) return std::nullopt;
    return Fault{"the file says another thing of this line before", row.id_column, "order_id"};
  }

  void take(const OrderRow& row, const Tag16& external, const Tag16& key, bool met) {
    if (const auto fault = fault_of(row)) return reject(row, external, *fault);
    const auto line = lines_.find(key);
    if (line != lines_.end() && !row.order_id.empty()) {
      if (const auto fault = contradiction(row, external, line->second, met)) {
        return reject(row, external, *fault);
      }
    }
    if (line != lines_.end() && content_of(row) == line->second.content) {
      ++plan_.counts.unchanged;
      return;
    }
    if (is_refused(row, external)) return reject(plan_.erased(row.line));
    store(row, external, key);
    ++plan_.counts.stored;
  }

  void store(const OrderRow& row, const Tag16& external, const Tag16& key) {
    PurchaseRow purchase = purchase_of(row, external, key);
    const auto line = lines_.find(key);
    if (line != lines_.end() && line->second.planned) {
      line->second.content = purchase.content;
      plan_.batch.purchases[*line->second.planned] = std::move(purchase);
      return;
    }
    if (line != lines_.end()) {
      plan_.batch.replaced.push_back(key);
    } else {
      ++plan_.made.orders;
    }
    lines_[key] = {purchase.record, purchase.content, plan_.batch.purchases.size()};
    plan_.batch.purchases.push_back(std::move(purchase));
  }

  PurchaseRow purchase_of(const OrderRow& row, const Tag16& external, const Tag16& key) {
    PurchaseRow purchase;
    purchase.record = buyer(row, external);
    purchase.purchase = Uuid::v7(tx_.now(), scope_.services.random);
    purchase.source = scope_.source.id;
    purchase.key = key;
    purchase.ordered_at = row.ordered_at;
    purchase.quantity = static_cast<std::int32_t>(row.quantity);
    purchase.amount_minor = row.amount_minor;
    purchase.currency = row.currency;
    purchase.product = row.product;
    purchase.category = row.category;
    if (!row.order_id.empty()) purchase.order = order_of(row);
    purchase.content = content_of(row);
    return purchase;
  }

  Tx& tx_;
  const BatchScope& scope_;
  const OrderRules& rules_;
  const Source& customers_;
  BatchPlan& plan_;
  std::map<Tag16, KnownLine> lines_;
  std::map<Tag16, KnownRecord> known_;
  ErasedRows erased_;
};

}  // namespace

void plan_orders(Tx& tx, const BatchScope& scope, const OrderRules& rules,
                 std::span<const OrderRow> rows, Uuid import, Occurrences& occurrences,
                 BatchPlan& plan) {
  if (!rows.empty()) OrderPlanner(tx, scope, rules, plan).run(rows, import, occurrences);
}

}  // namespace assent
