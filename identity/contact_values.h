#pragma once

#include <optional>
#include <vector>

#include "batch_rows.h"
#include "core/field_set.h"
#include "core/tag.h"
#include "identity/blocked.h"
#include "identity/contact_row.h"
#include "identity/fields.h"
#include "identity/link_store.h"
#include "identity/record_fields.h"

namespace assent {

// The numbers of policies/fields.yaml under which a contact's values are sealed.
struct ContactFields {
  // Throws std::logic_error when the catalogue lacks a field that the program needs.
  explicit ContactFields(const FieldCatalogue& catalogue);
  RecordFields linking;  // Those that linking reads.
  std::uint16_t contact_points, last_name, patronymic, company, organisation_name, city_sealed,
      language, raw_row;
};

// What is sealed of a row, by rising field id; empty values are absent.
std::vector<FieldValue> field_values(const ContactRow& row, const ContactFields& fields);
std::vector<FieldValue> external_id_only(const Plaintext& external_id, const ContactFields& fields);

// Tells a row that changed from one that says what is stored already: a tag over all its values,
// opt-outs and consents included.
Tag16 content_tag(const TagMaker& tags, const ContactRow& row, std::span<const FieldValue> values);

// A value of the row that finds it.
struct ValueTag {
  std::uint16_t kind = 0;
  Tag16 tag{};
  Strength strength = Strength::kStrong;
  Hash32 suppression{};  // Of e-mails and phones.
};
// The row's phones, e-mails and cards. Blocked fillers are contact points of nobody: left out.
std::vector<ValueTag> value_tags(const TagMaker& tags, const BlockedValues& blocked,
                                 const ContactRow& row);
Tag16 company_tag(const TagMaker& tags, const Plaintext& company);

// Fills in what may stand in the clear of a row (docs/data-model.md).
void describe(VersionRow& version, const ContactRow& row, Date today);

}  // namespace assent
