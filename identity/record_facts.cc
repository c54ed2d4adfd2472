#include "record_facts.h"

#include <algorithm>
#include <tuple>

#include "core/field_set.h"

namespace assent {
namespace {

constexpr StaticText kSelect = R"sql(
  SELECT r.record_id, r.created_at, s.name, v.row_id, v.fields, m.profile_id,
         EXISTS (SELECT FROM record_flag f
                  WHERE f.record_id = r.record_id AND f.flag = 1
                    AND (f.until_at IS NULL OR f.until_at > $2))
    FROM unnest($1::uuid[]) AS wanted (id)
   CROSS JOIN LATERAL (SELECT * FROM record WHERE record_id = wanted.id AND state = 0
                        LIMIT 1) AS r
   CROSS JOIN LATERAL (SELECT name FROM source WHERE source_id = r.source_id LIMIT 1) AS s
   CROSS JOIN LATERAL (SELECT row_id, fields FROM record_version
                        WHERE record_id = r.record_id AND version = r.version LIMIT 1) AS v
    LEFT JOIN LATERAL (SELECT profile_id FROM membership
                        WHERE record_id = r.record_id AND to_at IS NULL LIMIT 1) AS m ON true
)sql";

void take(RecordFacts& facts, const RecordFields& fields, FieldValue value) {
  if (value.field_id == fields.external_id) facts.external_id = std::move(value.value);
  if (value.field_id == fields.first_name) facts.first_name = std::move(value.value);
  if (value.field_id == fields.birth_date) facts.birth_date = parse_date(value.value.reveal());
}

Result<RecordFacts> open_row(const Rows::Row& row, TenantId tenant, const SecretKey& key,
                             const RecordFields& fields) {
  RecordFacts facts{.record = row.id<RecordId>(0),
                    .created_at = row.time(1),
                    .source = row.text(2),
                    .external_id = {},
                    .first_name = {},
                    .birth_date = std::nullopt,
                    .profile = std::nullopt,
                    .restricted = row.flag(6)};
  if (!row.is_null(5)) facts.profile = row.id<ProfileId>(5);
  const FieldPlace place{tenant.value, facts.record.value, 0, row.uuid(3)};
  const std::uint64_t mask =
      field_bit(fields.external_id) | field_bit(fields.first_name) | field_bit(fields.birth_date);
  auto opened = open_field_set(key, place, row.view(4), mask);
  if (!opened.ok()) return opened.error();
  for (FieldValue& value : *opened) take(facts, fields, std::move(value));
  return facts;
}

}  // namespace

Result<std::vector<RecordFacts>> record_facts(Tx& tx, KeyStore& keys, const RecordFields& fields,
                                              std::span<const RecordId> records) {
  std::vector<RecordFacts> all;
  if (records.empty()) return all;
  std::vector<Uuid> ids;
  for (const RecordId& record : records) ids.push_back(record.value);
  auto opened_keys = keys.fetch(tx.tenant(), ids, KeyPurpose::kFields);
  if (!opened_keys.ok()) return opened_keys.error();
  const Rows rows = tx.query(kSelect, {Param::array(ids), tx.now()});
  for (const auto& row : rows) {
    const auto version = field_set_key_version(row.view(4));
    if (!version.ok()) return version.error();
    const SecretKey* key = opened_keys->find(row.uuid(0), *version);
    if (key == nullptr) continue;  // Erased.
    auto facts = open_row(row, tx.tenant(), *key, fields);
    if (!facts.ok()) return facts.error();
    all.push_back(std::move(*facts));
  }
  std::sort(all.begin(), all.end(), [](const RecordFacts& a, const RecordFacts& b) {
    return std::tuple(std::string_view(a.source), a.external_id.reveal(), a.record) <
           std::tuple(std::string_view(b.source), b.external_id.reveal(), b.record);
  });
  return all;
}

}  // namespace assent
