#include "prepared_contact.h"

namespace assent {

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
  if (one.row.entity != Entity::kPerson) return one;
  MarkedPerson person{source, one.external, {}, name_fold_tag(tags_, one.row)};
  for (const LinkTag& contact : contacts_of(one)) person.addresses.push_back(contact.tag);
  one.markers = markers_for(tags_, person);
  return one;
}

}  // namespace assent
