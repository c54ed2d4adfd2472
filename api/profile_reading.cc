#include "api/profile_reading.h"

#include <array>
#include <map>

#include "identity/contact_points.h"
#include "identity/profile_facts.h"
#include "identity/record_fields.h"

namespace assent {
namespace {

constexpr StaticText kSources =
    "SELECT r.record_id, s.name FROM record r JOIN source s ON s.tenant = r.tenant "
    "AND s.source_id = r.source_id WHERE r.tenant = $1 AND r.record_id = ANY ($2)";

class Reading {
 public:
  Reading(Services& services, const Act& act, const ProfileReadOrder& order)
      : services_(services), act_(act), order_(order) {}

  Result<std::vector<ShownRecord>> run(Tx& tx) {
    if (auto known = find_fields(); !known.ok()) return known.error();
    const auto records = records_of(tx);
    if (!records.ok()) return records.error();
    auto grant = authorize(tx, *records);
    if (!grant.ok()) return grant.error();
    const auto opened = services_.vault.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    if (opened->empty()) return kNobody;
    load_sources(tx, *records);
    std::vector<ShownRecord> shown;
    for (const OpenedRecord& record : *opened) {
      auto one = show(record);
      if (!one.ok()) return one.error();
      shown.push_back(std::move(*one));
    }
    return shown;
  }

 private:
  static constexpr Error kNobody{ErrorCode::kNotFound, "no such profile"};

  Status find_fields() {
    for (const std::string& name : order_.fields) {
      const Field* field = services_.catalogues->fields.find(name);
      if (field == nullptr || field->at_rest != AtRest::kSealed || field->sealed_in >= 64) {
        return Error{ErrorCode::kInvalid, "a field is a sealed one of fields.yaml"};
      }
      fields_.push_back(field);
      mask_ |= field_bit(field->sealed_in);
    }
    if (fields_.empty()) return Error{ErrorCode::kInvalid, "no field is asked for"};
    if (order_.reason.empty()) return Error{ErrorCode::kInvalid, "a read needs a reason"};
    return Unit{};
  }

  Result<std::vector<RecordId>> records_of(Tx& tx) const {
    const auto living = living_profile(tx, order_.profile);
    if (!living.ok()) return kNobody;
    auto people = person_facts(tx, std::array{*living});
    if (!people.ok()) return people.error();
    if (people->empty() || people->front().records.empty()) return kNobody;
    return std::move(people->front().records);
  }

  // The reason is sealed under the key of the first record that has one.
  Result<Grant> authorize(Tx& tx, const std::vector<RecordId>& records) const {
    std::vector<Uuid> subjects;
    for (const RecordId& record : records) subjects.push_back(record.value);
    const auto keys = services_.keys.fetch(tx.tenant(), subjects, KeyPurpose::kFields);
    if (!keys.ok()) return keys.error();
    for (const RecordId& record : records) {
      const auto [version, key] = keys->newest(record.value);
      if (key == nullptr) continue;
      const Journal::Detail reason{record, *key, version, as_bytes(order_.reason.reveal())};
      return services_.authorizer.authorize_read(tx, act_, records, mask_, &reason);
    }
    return kNobody;
  }

  void load_sources(Tx& tx, const std::vector<RecordId>& records) {
    const Rows rows = tx.query(kSources, {tx.tenant(), Param::array(records)});
    for (const auto& row : rows) sources_[row.id<RecordId>(0)] = row.text(1);
  }

  Result<ShownRecord> show(const OpenedRecord& record) const {
    const auto source = sources_.find(record.record);
    ShownRecord shown{record.record, source == sources_.end() ? "" : source->second, {}};
    for (const Field* field : fields_) {
      auto values = values_of(record, *field);
      if (!values.ok()) return values.error();
      if (!values->empty()) shown.fields.push_back({field->name.text(), std::move(*values)});
    }
    return shown;
  }

  // A field that is sealed inside another is one line of it, by its index.
  static Result<std::vector<Plaintext>> values_of(const OpenedRecord& record, const Field& field) {
    std::vector<Plaintext> values;
    for (const FieldValue& sealed : record.fields) {
      if (sealed.field_id != field.sealed_in) continue;
      if (field.sealed_in == field.id) {
        values.push_back(sealed.value.duplicate());
        continue;
      }
      auto points = decode_contact_points(sealed.value.reveal());
      if (!points.ok()) return points.error();
      for (ContactValue& point : *points) {
        if (point.kind == field.index_id) values.push_back(std::move(point.value));
      }
    }
    return values;
  }

  Services& services_;
  const Act& act_;
  const ProfileReadOrder& order_;
  std::vector<const Field*> fields_;
  std::uint64_t mask_ = 0;
  std::map<RecordId, std::string> sources_;
};

}  // namespace

Result<std::vector<ShownRecord>> open_profile(Services& services, TenantId tenant, const Act& act,
                                              const ProfileReadOrder& order) {
  return in_tx(services.data, tenant,
               [&](Tx& tx) { return Reading(services, act, order).run(tx); });
}

}  // namespace assent
