#include "erase_inventory.h"

#include "identity/record_fields.h"

namespace assent {
namespace {

constexpr StaticText kRecords = R"sql(
  SELECT r.record_id, r.source_id, r.external_tag, r.subject_ref, r.state = 0
    FROM membership m JOIN record r ON r.record_id = m.record_id
   WHERE m.profile_id = $1
     AND ((r.state = 0 AND m.to_at IS NULL)
          OR (r.state = 3 AND NOT EXISTS (SELECT FROM membership later
                                           WHERE later.record_id = m.record_id
                                             AND later.from_at > m.from_at)))
   ORDER BY r.record_id
)sql";

constexpr StaticText kContacts = R"sql(
  SELECT tag FROM identifier WHERE record_id = ANY($1::uuid[]) AND kind = ANY($2::smallint[])
   UNION
  SELECT tag FROM former_identifier
   WHERE record_id = ANY($1::uuid[]) AND kind = ANY($2::smallint[])
   ORDER BY tag
)sql";

// A source that has no records of its own (orders) names the external ids of another.
constexpr StaticText kRejected = R"sql(
  SELECT t.unit_id FROM unit_tag t
    JOIN rejected_row j ON j.rejected_id = t.unit_id
    JOIN (SELECT tag, kind FROM identifier WHERE record_id = ANY($1::uuid[])
           UNION
          SELECT tag, kind FROM former_identifier WHERE record_id = ANY($1::uuid[])) AS i
      ON i.tag = t.tag AND i.kind = t.kind
  UNION
  SELECT t.unit_id FROM record r
    JOIN unit_tag t ON t.tag = r.external_tag AND t.kind = 4
    JOIN rejected_row j ON j.rejected_id = t.unit_id
    JOIN import p ON p.import_id = j.import_id
   WHERE r.record_id = ANY($1::uuid[])
     AND (p.source_id = r.source_id
          OR NOT EXISTS (SELECT FROM record o WHERE o.source_id = p.source_id))
)sql";

constexpr StaticText kObjected = R"sql(
  SELECT i.tag, max(f.since) FROM record_flag f
    JOIN identifier i ON i.record_id = f.record_id AND i.kind IN (1, 2)
   WHERE f.record_id = ANY($1::uuid[]) AND f.flag IN (2, 4)
     AND (f.until_at IS NULL OR f.until_at > $2)
   GROUP BY i.tag
)sql";

constexpr StaticText kCounts = R"sql(
  SELECT (SELECT count(*) FROM record_version WHERE record_id = ANY($1::uuid[])),
         (SELECT count(*) FROM identifier WHERE record_id = ANY($1::uuid[]))
           + (SELECT count(*) FROM former_identifier WHERE record_id = ANY($1::uuid[])),
         (SELECT count(*) FROM purchase WHERE record_id = ANY($1::uuid[])),
         (SELECT count(*) FROM consent_event WHERE record_id = ANY($1::uuid[]))
)sql";

constexpr StaticText kSets = R"sql(
  SELECT fields FROM record_version WHERE record_id = ANY($1::uuid[])
   UNION ALL SELECT fields FROM organisation WHERE organisation_id = ANY($1::uuid[])
   UNION ALL SELECT sealed FROM rejected_row WHERE rejected_id = ANY($1::uuid[])
)sql";

constexpr StaticText kUntouched = R"sql(
  SELECT count(*) FROM unnest($1::uuid[]) AS u (id)
   WHERE (EXISTS (SELECT FROM rejected_row WHERE rejected_id = u.id)
          OR EXISTS (SELECT FROM organisation WHERE organisation_id = u.id))
     AND NOT EXISTS (SELECT FROM pending_shred WHERE unit_id = u.id)
)sql";

constexpr StaticText kTold = R"sql(
  SELECT DISTINCT p.name, r.release_id, r.closed_at
    FROM release_member m
    JOIN release r ON r.release_id = m.release_id
    JOIN recipient p ON p.recipient_id = r.recipient_id
   WHERE m.profile_id IN (SELECT profile_id FROM membership WHERE record_id = ANY($1::uuid[]))
     AND m.record_id = ANY($1::uuid[]) AND m.delivered AND r.closed_at IS NOT NULL
   ORDER BY r.closed_at, r.release_id
)sql";

// The field ids of a field set (docs/formats.md), from its framing alone.
std::uint64_t mask_of(ByteView set) {
  constexpr std::size_t kHead = 3;
  constexpr std::size_t kFieldHead = 6;
  std::uint64_t mask = 0;
  std::size_t at = kHead;
  while (at + kFieldHead <= set.size()) {
    const std::uint16_t id = get_u16(set.data() + at);
    if (id < 64) mask |= std::uint64_t{1} << id;
    at += kFieldHead + get_u32(set.data() + at + 2);
  }
  return mask;
}

std::vector<Tag16> held_tags(Tx& tx, const std::vector<RecordId>& records,
                             const std::vector<std::int16_t>& kinds) {
  std::vector<Tag16> tags;
  const Rows rows = tx.query(kContacts, {Param::array(records), Param::array(kinds)});
  for (const auto& row : rows) tags.push_back(row.tag(0));
  return tags;
}

}  // namespace

std::vector<PersonRecord> person_records(Tx& tx, ProfileId profile) {
  std::vector<PersonRecord> records;
  const Rows rows = tx.query(kRecords, {profile});
  for (const auto& row : rows) {
    records.push_back({row.id<RecordId>(0), static_cast<std::int16_t>(row.integer(1)), row.tag(2),
                       row.id<SubjectRef>(3), row.flag(4)});
  }
  return records;
}

std::vector<Tag16> contact_tags(Tx& tx, const std::vector<RecordId>& records) {
  return held_tags(tx, records, {kPhoneIndex, kEmailIndex});
}

std::vector<Tag16> card_tags(Tx& tx, const std::vector<RecordId>& records) {
  return held_tags(tx, records, {kCardIndex});
}

std::vector<Uuid> rejected_rows_of(Tx& tx, const std::vector<RecordId>& records) {
  std::vector<Uuid> units;
  const Rows rows = tx.query(kRejected, {Param::array(records)});
  for (const auto& row : rows) units.push_back(row.uuid(0));
  return units;
}

std::vector<ObjectedContact> objected_contacts(Tx& tx, const std::vector<RecordId>& records) {
  std::vector<ObjectedContact> contacts;
  const Rows rows = tx.query(kObjected, {Param::array(records), tx.now()});
  for (const auto& row : rows) contacts.push_back({row.tag(0), row.time(1)});
  return contacts;
}

bool are_untouched(Tx& tx, const KeyedUnits& units) {
  const std::vector<Uuid> all = units.all();
  const Rows rows = tx.query(kUntouched, {Param::array(all)});
  return rows[0].integer(0) == static_cast<std::int64_t>(all.size());
}

ErasedCounts count_rows(Tx& tx, const std::vector<RecordId>& records, const KeyedUnits& units) {
  const Rows rows = tx.query(kCounts, {Param::array(records)});
  const auto row = rows[0];
  return {row.integer(0),
          row.integer(1),
          row.integer(2),
          static_cast<std::int64_t>(units.rejected.size()),
          static_cast<std::int64_t>(units.organisations.size()),
          row.integer(3)};
}

std::vector<std::string> categories_of(Tx& tx, const FieldCatalogue& fields,
                                       const std::vector<Uuid>& units) {
  std::uint64_t mask = 0;
  const Rows rows = tx.query(kSets, {Param::array(units)});
  for (const auto& row : rows) mask |= mask_of(row.view(0));
  std::vector<std::string> names;
  for (const Field& field : fields.all()) {
    if (field.id < 64 && (mask >> field.id & 1) != 0) names.push_back(field.name.text());
  }
  return names;
}

std::vector<ToldRecipient> told_recipients(Tx& tx, const std::vector<RecordId>& records) {
  std::vector<ToldRecipient> told;
  const Rows rows = tx.query(kTold, {Param::array(records)});
  for (const auto& row : rows) told.push_back({row.text(0), row.uuid(1), row.time(2)});
  return told;
}

}  // namespace assent
