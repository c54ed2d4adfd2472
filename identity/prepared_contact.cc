#include "prepared_contact.h"

namespace assent {

namespace {

// What shows whether anybody erased may be met; ErasedRows asks further.
std::vector<ErasureMarker> first_markers(const TagMaker& tags, const PreparedContact& row,
                                         std::int16_t source) {
  const bool is_person = row.row.entity == Entity::kPerson;
  std::vector<ErasureMarker> markers{source_marker(tags, source, row.external)};
  for (const ValueTag& value : row.found) {
    if (value.strength != Strength::kStrong) continue;
    const MarkerKind kind = !is_person                 ? MarkerKind::kOrganisationAddress
                            : value.kind == kCardIndex ? MarkerKind::kCard
                                                       : MarkerKind::kAddress;
    markers.push_back(marker_of(tags, kind, value.tag));
  }
  return markers;
}

}  // namespace

std::vector<LinkTag> contacts_of(const PreparedContact& prepared) {
  std::vector<LinkTag> contacts;
  for (const ValueTag& value : prepared.found) {
    if (value.kind != kCardIndex) contacts.push_back({value.kind, value.tag});
  }
  return contacts;
}

PreparedContact ContactPreparer::prepare(ContactRow row, std::int16_t source) const {
  PreparedContact one;
  one.row = std::move(row);
  one.external = tags_.tag(kExternalIdIndex, one.row.external_id.reveal());
  one.values = field_values(one.row, fields_);
  one.found = value_tags(tags_, blocked_, one.row);
  one.content = content_tag(tags_, one.row, one.values);
  one.markers = first_markers(tags_, one, source);
  return one;
}

}  // namespace assent
