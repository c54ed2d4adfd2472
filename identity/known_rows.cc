#include "known_rows.h"

#include "identity/record_fields.h"

namespace assent {
namespace {

constexpr StaticText kRecords = R"sql(
  SELECT k.external_tag, k.record_id, r.state, r.version, v.content_tag
    FROM (SELECT DISTINCT unnest($2::bytea[])) AS wanted (tag)
   CROSS JOIN LATERAL (SELECT external_tag, record_id FROM source_key
                        WHERE external_tag = wanted.tag AND source_id = $1 LIMIT 1) AS k
   CROSS JOIN LATERAL (SELECT state, version FROM record
                        WHERE record_id = k.record_id LIMIT 1) AS r
    LEFT JOIN LATERAL (SELECT content_tag FROM record_version
                        WHERE record_id = k.record_id AND version = r.version
                        LIMIT 1) AS v ON true
)sql";

constexpr StaticText kOrganisations = R"sql(
  SELECT k.external_tag, o.organisation_id, o.content_tag
    FROM organisation_key k JOIN organisation o ON o.organisation_id = k.organisation_id
   WHERE k.source_id = $1 AND k.external_tag = ANY($2::bytea[])
)sql";

constexpr StaticText kContacts = R"sql(
  SELECT record_id, kind, tag FROM identifier
   WHERE record_id = ANY($1::uuid[]) AND kind = ANY($2::smallint[]) ORDER BY record_id, kind, tag
)sql";

Param tags(std::span<const Tag16> values) {
  return Param::array(std::vector<Tag16>(values.begin(), values.end()));
}

}  // namespace

std::map<Tag16, KnownRecord> known_records(Tx& tx, std::int16_t source,
                                           std::span<const Tag16> externals) {
  std::map<Tag16, KnownRecord> known;
  if (externals.empty()) return known;
  const Rows rows = tx.query(kRecords, {source, tags(externals)});
  for (const auto& row : rows) {
    known[row.tag(0)] = {row.id<RecordId>(1), static_cast<std::int16_t>(row.integer(2)),
                         static_cast<std::int32_t>(row.integer(3)),
                         row.optional(4, &Rows::Row::tag).value_or(Tag16{})};
  }
  return known;
}

std::map<Tag16, KnownOrganisation> known_organisations(Tx& tx, std::int16_t source,
                                                       std::span<const Tag16> externals) {
  std::map<Tag16, KnownOrganisation> known;
  if (externals.empty()) return known;
  const Rows rows = tx.query(kOrganisations, {source, tags(externals)});
  for (const auto& row : rows) known[row.tag(0)] = {row.uuid(1), row.tag(2)};
  return known;
}

std::map<RecordId, std::vector<LinkTag>> known_contacts(Tx& tx, std::span<const RecordId> records) {
  std::map<RecordId, std::vector<LinkTag>> known;
  if (records.empty()) return known;
  const Rows rows =
      tx.query(kContacts, {Param::array(std::vector<RecordId>(records.begin(), records.end())),
                           Param::array(std::vector<std::int16_t>{kPhoneIndex, kEmailIndex})});
  for (const auto& row : rows) {
    known[row.id<RecordId>(0)].push_back({static_cast<std::uint16_t>(row.integer(1)), row.tag(2)});
  }
  return known;
}

}  // namespace assent
