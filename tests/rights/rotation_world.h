#pragma once

#include <optional>
#include <set>

#include "core/field_set.h"
#include "identity/resealer.h"
#include "rights/replaced_keys.h"
#include "tests/rights/rights_world.h"

namespace assent {

// People, a company and a rejected row, whose keys are rotated.
class RotationWorld : public RightsWorld {
 public:
  RotationWorld() {
    contacts("shop",
             "1,Anna,Ivanova,anna@example.com,+79990000001,1980-01-02,\n"
             "2,Boris,Petrov,boris@example.com,+79990000002,1981-02-03,\n"
             "3,Rejected,Row,row@example.com,,1980-02-31,\n");
    contacts("shop", "1,Anna,Petrova,anna@example.com,+79990000001,1980-01-02,\n");
    import("crm", "amocrm_contacts",
           "ID,Тип,Название компании,Рабочий email\n1,компания,ООО Пример,one@example.com\n");
    anna = record("shop", "1");
    boris = record("shop", "2");
    keep_detail(anna, 1);
  }

  Resealer resealer(
      FaultPoint at = [](StaticText) {}, std::size_t batch = Resealer::kBatchMax) {
    return Resealer(data, keys, journal, random, std::move(at), batch);
  }
  Resealed rotate(const Uuid& unit) {
    const auto done = resealer().rotate(tenant, act, unit);
    if (!done.ok()) throw std::runtime_error(std::string(done.error().reason.view()));
    return *done;
  }
  // What somebody said about a read, sealed under this version of the record's key.
  void keep_detail(RecordId record, std::uint32_t version) {
    const auto held = keys.fetch(tenant, {&record.value, 1}, KeyPurpose::kFields);
    const auto kept = in_tx(data, tenant, [&](Tx& tx) -> Result<EventId> {
      return journal.append(
          tx, leaf_of(act, AuditEvent::kLookup),
          {record, *held->find(record.value, version), version, as_bytes("what was asked")});
    });
    if (!kept.ok()) throw std::runtime_error("no detail");
  }
  Uuid unit(StaticText sql) {
    Tx tx(data, tenant);
    return tx.query(sql)[0].uuid(0);
  }
  Uuid company() { return unit("SELECT organisation_id FROM organisation"); }
  Uuid reject() { return unit("SELECT rejected_id FROM rejected_row"); }

  // Of the unit's values under its key for fields: what their headers name.
  std::multiset<std::pair<std::uint32_t, int>> named(const Uuid& of) {
    std::multiset<std::pair<std::uint32_t, int>> all;
    Tx tx(data, tenant);
    const Rows rows = tx.query(
        "SELECT sealed_version(value, field = 'each'), sealed_suite(value, field = 'each') "
        "FROM sealed_values($1)",
        {Param::array(std::vector<Uuid>{of})});
    for (const auto& row : rows) {
      all.emplace(static_cast<std::uint32_t>(row.integer(0)), static_cast<int>(row.integer(1)));
    }
    return all;
  }
  // The versions of its key for fields.
  std::set<std::int64_t> versions(const Uuid& of) {
    std::set<std::int64_t> all;
    Tx tx(safe, tenant);
    const Rows rows =
        tx.query("SELECT dek_version FROM subject_key WHERE subject = $1 AND purpose = 0", {of});
    for (const auto& row : rows) all.insert(row.integer(0));
    return all;
  }
  // Every value of every unit opens with exactly the key that its header names.
  bool everything_opens() {
    Tx tx(data, tenant);
    const Rows rows = tx.query(
        "SELECT unit_id, field, row_id, value FROM sealed_values(ARRAY(SELECT record_id FROM "
        "record UNION SELECT organisation_id FROM organisation UNION SELECT rejected_id FROM "
        "rejected_row))");
    for (const auto& row : rows) {
      const Uuid of = row.uuid(0);
      const bool is_set = row.text(1) == "each";
      const auto version =
          is_set ? field_set_key_version(row.view(3)) : field_key_version(row.view(3));
      const auto held = keys.fetch(tenant, {&of, 1}, KeyPurpose::kFields);
      const SecretKey* const key = held->find(of, *version);
      const FieldPlace place{tenant.value, of,
                             static_cast<std::uint16_t>(is_set ? 0 : std::stoi(row.text(1))),
                             row.uuid(2)};
      if (key == nullptr) return false;
      if (is_set ? !open_field_set(*key, place, row.view(3), ~0ULL).ok()
                 : !open_field(*key, place, row.view(3)).ok()) {
        return false;
      }
    }
    return rows.size() > 0;
  }

  RecordId anna, boris;
};

}  // namespace assent
