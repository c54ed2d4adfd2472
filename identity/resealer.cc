#include "identity/resealer.h"

#include <algorithm>
#include <limits>

#include "core/field_set.h"
#include "identity/resolver.h"
#include "sealed_values.h"

namespace assent {
namespace {

// Of a unit whose end has begun nothing is touched any more.
constexpr StaticText kLiving = R"sql(
  SELECT u FROM unnest($1::uuid[]) AS u
   WHERE NOT EXISTS (SELECT FROM pending_shred WHERE unit_id = u)
     AND (EXISTS (SELECT FROM record WHERE record_id = u AND state IN (0, 3))
       OR EXISTS (SELECT FROM organisation WHERE organisation_id = u)
       OR EXISTS (SELECT FROM rejected_row WHERE rejected_id = u AND expires_at > $2))
   ORDER BY u
)sql";
constexpr StaticText kOthers = "SELECT unit_id FROM units_in_other_suites($1, $2, $3)";
constexpr StaticText kCountOthers = "SELECT count(*) FROM units_in_other_suites($1, $2, $3)";
constexpr StaticText kSubjectRef = "SELECT subject_ref FROM record WHERE record_id = $1";
constexpr StaticText kReplace =
    "SELECT replace_sealed_values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
constexpr Error kUnknown{ErrorCode::kNotFound, "no such record"};
constexpr std::uint64_t kEveryField = std::numeric_limits<std::uint64_t>::max();

std::vector<Uuid> ids(const Rows& rows) {
  std::vector<Uuid> units;
  for (const auto& row : rows) units.push_back(row.uuid(0));
  return units;
}

Result<Bytes> seal_value(TenantId tenant, const SealedValue& value, const SecretKey& old_key,
                         KeyUse use, const SecretKey& key, Random& random) {
  const FieldPlace place{tenant.value, value.unit, value.field.value_or(0), value.row};
  if (!value.field) {
    const auto fields = open_field_set(old_key, place, value.bytes, kEveryField);
    if (!fields.ok()) return fields.error();
    return seal_field_set(key, use, place, *fields, random);
  }
  const auto field = open_field(old_key, place, value.bytes);
  if (!field.ok()) return field.error();
  return seal_field(key, use, place, field->type, as_bytes(field->value.reveal()), random);
}

}  // namespace

// Units of one act, with what was found of them and what takes its place.
struct Resealer::Batch {
  std::vector<Uuid> units;
  KeySet held;
  KeySet fresh;
  std::vector<SealedValue> values;
  std::vector<Bytes> sealed;  // In the order of `values`.
  std::vector<Uuid> damaged;

  std::pair<KeyUse, const SecretKey*> key_of(const Uuid& unit) const {
    const auto made = fresh.newest(unit);
    return made.second != nullptr ? made : held.newest(unit);
  }
  // Whether a value of the unit is as `fits` says.
  template <class Fits>
  bool has_value(const Uuid& unit, Fits fits) const {
    return std::ranges::any_of(
        values, [&](const SealedValue& value) { return value.unit == unit && fits(value.use); });
  }
  template <class Keep>
  void keep_only(Keep keep) {
    std::vector<Bytes> kept;
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      if (keep(values[i].unit)) kept.push_back(std::move(sealed[i]));
    }
    sealed = std::move(kept);
    std::erase_if(values, [&](const SealedValue& value) { return !keep(value.unit); });
    std::erase_if(units, [&](const Uuid& unit) { return !keep(unit); });
  }
};

Result<Resealed> Resealer::rotate(TenantId tenant, const Act& act, const Uuid& unit) const {
  auto done = reseal(tenant, act, {unit}, Which::kAll);
  if (!done.ok()) return done.error();
  if (done->damaged > 0) {
    return Error{ErrorCode::kCorrupt, "a value of the record does not open: nothing is changed"};
  }
  if (done->units == 0) return kUnknown;
  return done;
}

Result<Resealed> Resealer::gather(TenantId tenant, const Act& act,
                                  const std::vector<Uuid>& units) const {
  return reseal(tenant, act, units, Which::kOfOlderVersions);
}

Result<Resealed> Resealer::reseal(TenantId tenant, const Act& act, const std::vector<Uuid>& units,
                                  Which which) const {
  auto done = in_tx(data_, tenant, [&](Tx& tx) { return reseal(tx, act, units, which); });
  if (done.ok() && !done->leaf.value.is_nil()) at_("reseal.committed");
  return done;
}

Status Resealer::find_batch(Tx& tx, const std::vector<Uuid>& asked, Which which,
                            Batch& batch) const {
  batch.units = ids(tx.query(kLiving, {Param::array(asked), tx.now()}));
  auto held = keys_.fetch(tx.tenant(), batch.units, KeyPurpose::kFields);
  if (!held.ok()) return held.error();
  batch.held = std::move(*held);
  auto values = sealed_values(tx, batch.units);
  if (!values.ok()) return values.error();
  batch.values = std::move(*values);
  batch.keep_only([&](const Uuid& unit) {
    const auto [newest, key] = batch.held.newest(unit);
    if (key == nullptr) return false;  // It reads as erased.
    switch (which) {
      case Which::kAll:
        return true;
      case Which::kOfOtherSuites:
        return batch.has_value(unit, [&](KeyUse use) { return use.suite != keys_.suite(); });
      case Which::kOfOlderVersions:
        return batch.has_value(unit, [v = newest.version](KeyUse use) { return use.version < v; });
    }
    return false;
  });
  return Unit{};
}

Result<Resealed> Resealer::reseal(Tx& tx, const Act& act, const std::vector<Uuid>& asked,
                                  Which which) const {
  lock_identity(tx);
  Batch batch;
  if (auto found = find_batch(tx, asked, which, batch); !found.ok()) return found.error();
  if (batch.units.empty()) return Resealed{};
  // A version above one that is named was made by who died before all its values were under it.
  std::vector<Uuid> to_renew;
  for (const Uuid& unit : batch.units) {
    const std::uint32_t newest = batch.held.newest(unit).first.version;
    const bool is_begun =
        batch.has_value(unit, [newest](KeyUse use) { return use.version < newest; });
    if (!is_begun) to_renew.push_back(unit);
  }
  auto fresh = keys_.renew(tx.tenant(), to_renew, KeyPurpose::kFields, batch.held);
  if (!fresh.ok()) return fresh.error();
  batch.fresh = std::move(*fresh);
  at_("reseal.keys_stored");
  if (auto sealed = seal_anew(tx, batch); !sealed.ok()) return sealed.error();
  return write(tx, act, batch);
}

Status Resealer::seal_anew(Tx& tx, Batch& batch) const {
  for (const SealedValue& value : batch.values) {
    const SecretKey* const old_key = batch.held.find(value.unit, value.use.version);
    const auto [use, key] = batch.key_of(value.unit);
    auto sealed = old_key == nullptr
                      ? Result<Bytes>(Error{ErrorCode::kCorrupt, "a value names no key there is"})
                      : seal_value(tx.tenant(), value, *old_key, use, *key, random_);
    if (!sealed.ok() && sealed.error().code != ErrorCode::kCorrupt) return sealed.error();
    if (!sealed.ok()) batch.damaged.push_back(value.unit);
    batch.sealed.push_back(sealed.ok() ? std::move(*sealed) : Bytes{});
  }
  std::ranges::sort(batch.damaged);
  const auto again = std::ranges::unique(batch.damaged);
  batch.damaged.erase(again.begin(), again.end());
  batch.keep_only(
      [&](const Uuid& unit) { return !std::ranges::binary_search(batch.damaged, unit); });
  return Unit{};
}

Result<Resealed> Resealer::write(Tx& tx, const Act& act, const Batch& batch) const {
  Resealed done;
  done.damaged = batch.damaged.size();
  if (!batch.damaged.empty()) done.first_damaged = batch.damaged.front();
  if (batch.units.empty()) return done;

  std::vector<std::string> relations, columns;
  std::vector<Uuid> units, rows;
  std::vector<Bytes> olds;
  std::vector<std::optional<std::int32_t>> places(batch.values.size());
  std::vector<std::optional<Hash32>> hashes(batch.values.size());
  std::vector<RemovedRow> removed;
  std::vector<BatchRow> added;
  const SealedRows under_leaves(tx, batch.units);
  for (std::size_t i = 0; i < batch.values.size(); ++i) {
    const SealedValue& value = batch.values[i];
    relations.push_back(value.relation);
    columns.push_back(value.column);
    units.push_back(value.unit);
    rows.push_back(value.row);
    olds.push_back(value.bytes);
    if (!value.seal) continue;
    const auto exchange = under_leaves.exchange(value, batch.sealed[i]);
    if (!exchange.ok()) return exchange.error();
    removed.push_back(exchange->removed);
    added.push_back(exchange->added);
    hashes[i] = exchange->added.row_hash;
  }
  std::vector<std::int32_t> belows;
  for (const Uuid& unit : batch.units) {
    belows.push_back(static_cast<std::int32_t>(batch.key_of(unit).first.version));
  }
  Leaf leaf = leaf_of(act, AuditEvent::kRecordKeysRotated);
  leaf.result_count = static_cast<std::uint32_t>(batch.units.size());
  if (batch.units.size() == 1) {
    const Rows subject = tx.query(kSubjectRef, {batch.units.front()});
    if (!subject.empty()) leaf.subject = subject[0].id<SubjectRef>(0);
    done.version = static_cast<std::uint32_t>(belows.front());
  }
  const Removal removal = append_removal(tx, journal_, leaf, removed, added);
  auto place = removal.added.begin();
  for (std::size_t i = 0; i < batch.values.size(); ++i) {
    if (batch.values[i].seal) places[i] = *place++;
  }
  const Rows changed =
      tx.query(kReplace, {removal.leaf, tx.now(), Param::array(relations), Param::array(columns),
                          Param::array(units), Param::array(rows), Param::array(olds),
                          Param::array(batch.sealed), Param::array(places), Param::array(hashes),
                          Param::array(batch.units), Param::array(belows)});
  if (changed[0].integer(0) != static_cast<std::int64_t>(batch.values.size())) {
    return Error{ErrorCode::kConflict, "the record was changed in the same moment: ask again"};
  }
  at_("reseal.written");
  done.leaf = removal.leaf;
  done.units = batch.units.size();
  done.values = batch.values.size();
  return done;
}

Result<std::uint64_t> Resealer::left_in_other_suites(TenantId tenant) const {
  return in_tx(data_, tenant, [&](Tx& tx) -> Result<std::uint64_t> {
    tx.exec("SET LOCAL statement_timeout = '4h'");
    const Rows rows = tx.query(kCountOthers, {static_cast<std::int32_t>(keys_.suite()), Uuid{},
                                              std::numeric_limits<std::int32_t>::max()});
    return static_cast<std::uint64_t>(rows[0].integer(0));
  });
}

Result<Resealed> Resealer::reseal_other_suites(
    TenantId tenant, const Act& act, const std::function<void(std::uint64_t done)>& told) const {
  Resealed total;
  Uuid after;
  for (;;) {
    const auto units = in_tx(data_, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
      tx.exec("SET LOCAL statement_timeout = '4h'");
      return ids(tx.query(kOthers, {static_cast<std::int32_t>(keys_.suite()), after,
                                    static_cast<std::int32_t>(batch_)}));
    });
    if (!units.ok()) return units.error();
    if (units->empty()) return total;
    after = units->back();
    const auto done = reseal(tenant, act, *units, Which::kOfOtherSuites);
    if (!done.ok()) return done.error();
    total.units += done->units;
    total.values += done->values;
    total.damaged += done->damaged;
    if (!total.first_damaged) total.first_damaged = done->first_damaged;
    if (!done->leaf.value.is_nil()) total.leaf = done->leaf;
    told(total.units + total.damaged);
  }
}

}  // namespace assent
