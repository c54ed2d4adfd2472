#include "erase_marks.h"

#include <set>

#include "consent/authorizer.h"
#include "consent/vault.h"
#include "identity/record_fields.h"

namespace assent {
namespace {

constexpr StaticText kUnitTags = R"sql(
  SELECT t.tag, t.kind, o.organisation_id IS NOT NULL, coalesce(o.source_id, p.source_id),
         EXISTS (SELECT FROM identifier i JOIN record r ON r.record_id = i.record_id
                  WHERE i.tag = t.tag AND i.kind = t.kind AND r.state = 0)
    FROM unit_tag t
    LEFT JOIN organisation o ON o.organisation_id = t.unit_id
    LEFT JOIN rejected_row j ON j.rejected_id = t.unit_id
    LEFT JOIN import p ON p.import_id = j.import_id
   WHERE t.unit_id = ANY($1::uuid[])
)sql";

using Marks = std::set<ErasureMarker>;

std::vector<ErasureMarker> sorted(const Marks& marks) {
  return {marks.begin(), marks.end()};
}

std::string_view value_of(const OpenedRecord& record, std::uint16_t field_id) {
  for (const FieldValue& field : record.fields) {
    if (field.field_id == field_id) return field.value.reveal();
  }
  return {};
}

// The words by which the person's names, of all versions, are known again.
struct NameWords {
  std::set<std::string> first;  // Empty when no version gave a first name.
  std::set<std::string> whole;
};

Result<NameWords> names_of(Tx& tx, const RightsServices& services, const Act& act,
                           const std::vector<PersonRecord>& records) {
  NameWords words;
  std::vector<RecordId> live;
  for (const PersonRecord& one : records) {
    if (one.is_live) live.push_back(one.record);
  }
  if (live.empty()) return words;
  const std::uint16_t first = services.fields.find("first_name")->id;
  const std::uint16_t last = services.fields.find("last_name")->id;
  const std::uint16_t full = services.fields.find("full_name")->id;
  const auto grant =
      Authorizer(services.journal)
          .authorize_read(tx, act, live, field_bit(first) | field_bit(last) | field_bit(full));
  if (!grant.ok()) return grant.error();
  const auto opened = Vault(services.keys).open_history(tx, *grant);
  if (!opened.ok()) return opened.error();
  for (const OpenedRecord& one : *opened) {
    for (std::string& form : services.names.marks(value_of(one, first))) words.first.insert(form);
    words.whole.insert(
        whole_name_word(value_of(one, first), value_of(one, last), value_of(one, full)));
  }
  words.whole.erase("");
  return words;
}

void mark_address(Marks& marks, const TagMaker& tags, const Tag16& address,
                  const NameWords& names) {
  marks.insert(marker_of(tags, MarkerKind::kAddress, address));
  if (names.first.empty()) marks.insert(marker_of(tags, MarkerKind::kNamelessAddress, address));
  for (const std::string& word : names.first) marks.insert(named_marker(tags, address, word));
  for (const std::string& word : names.whole) marks.insert(named_marker(tags, address, word));
}

enum class Sharing { kAlone, kWithTheLiving };

void mark_rejected(Marks& marks, const TagMaker& tags, std::uint16_t kind, const Tag16& value,
                   Sharing sharing) {
  const bool is_alone = sharing == Sharing::kAlone;
  if (kind == kCardIndex) {
    if (is_alone) marks.insert(marker_of(tags, MarkerKind::kCard, value));
    return;
  }
  marks.insert(marker_of(tags, MarkerKind::kAddress, value));
  marks.insert(marker_of(tags, MarkerKind::kOrganisationAddress, value));
  if (is_alone) marks.insert(marker_of(tags, MarkerKind::kNamelessAddress, value));
}

}  // namespace

Result<std::vector<ErasureMarker>> marks_of_person(Tx& tx, const RightsServices& services,
                                                   const Act& act, const TagMaker& tags,
                                                   const std::vector<PersonRecord>& records) {
  const auto names = names_of(tx, services, act, records);
  if (!names.ok()) return names.error();
  Marks marks;
  std::vector<RecordId> ids;
  for (const PersonRecord& one : records) {
    marks.insert(source_marker(tags, one.source, one.external));
    ids.push_back(one.record);
  }
  for (const Tag16& address : contact_tags(tx, ids)) mark_address(marks, tags, address, *names);
  for (const Tag16& card : card_tags(tx, ids)) {
    marks.insert(marker_of(tags, MarkerKind::kCard, card));
  }
  return sorted(marks);
}

std::vector<ErasureMarker> marks_of_units(Tx& tx, const TagMaker& tags, const KeyedUnits& units) {
  Marks marks;
  const Rows rows = tx.query(kUnitTags, {Param::array(units.all())});
  for (const auto& row : rows) {
    const auto kind = static_cast<std::uint16_t>(row.integer(1));
    if (kind == kExternalIdIndex) {
      marks.insert(source_marker(tags, static_cast<std::int16_t>(row.integer(3)), row.tag(0)));
    } else if (row.flag(2)) {
      marks.insert(marker_of(tags, MarkerKind::kOrganisationAddress, row.tag(0)));
    } else {
      mark_rejected(marks, tags, kind, row.tag(0),
                    row.flag(4) ? Sharing::kWithTheLiving : Sharing::kAlone);
    }
  }
  return sorted(marks);
}

}  // namespace assent
