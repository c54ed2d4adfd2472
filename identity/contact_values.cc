#include "contact_values.h"

#include <algorithm>
#include <stdexcept>

#include "identity/age.h"
#include "identity/contact_points.h"
#include "identity/name.h"
#include "identity/normalise.h"
#include "identity/resolver.h"

namespace assent {
namespace {

std::uint16_t id_of(const FieldCatalogue& catalogue, std::string_view name) {
  const Field* field = catalogue.find(name);
  if (field == nullptr) throw std::logic_error("a field that the program needs is not catalogued");
  return field->id;
}

void add(std::vector<FieldValue>& values, std::uint16_t field, const Plaintext& text) {
  if (!text.empty()) values.push_back({field, FieldType::kText, text.duplicate()});
}

Plaintext contact_points(const ContactRow& row) {
  std::vector<ContactValue> values;
  const auto add_all = [&](std::uint16_t kind, const std::vector<Identifier>& identifiers) {
    for (const Identifier& one : identifiers) values.push_back({kind, one.value.duplicate()});
  };
  add_all(kPhoneIndex, row.phones);
  add_all(kEmailIndex, row.emails);
  add_all(kCardIndex, row.cards);
  return encode_contact_points(values);
}

// The canonical text of a row: parts with their lengths, wiped when it dies.
class Content {
 public:
  void add(std::string_view part) {
    const std::string length = std::to_string(part.size()) + ':';
    text_.insert(text_.end(), length.begin(), length.end());
    text_.insert(text_.end(), part.begin(), part.end());
  }
  void add(const std::optional<Timestamp>& at) { add(at ? to_rfc3339(*at) : std::string()); }
  ByteView bytes() const { return as_bytes({text_.data(), text_.size()}); }

 private:
  std::vector<char, WipingAllocator<char>> text_;
};

void add_statements(Content& content, const ContactRow& row) {
  for (const OptOut& opt_out : row.opt_outs) {
    content.add(opt_out.channel ? opt_out.channel->text() : "all");
    content.add(opt_out.effective_at);
  }
  for (const ConsentClaim& claim : row.consents) {
    for (const std::string* part :
         {&claim.purpose, &claim.channel, &claim.action, &claim.notice, &claim.method}) {
      content.add(*part);
    }
    content.add(std::optional(claim.effective_at));
  }
}

}  // namespace

ContactFields::ContactFields(const FieldCatalogue& catalogue)
    : linking{.external_id = id_of(catalogue, "external_id"),
              .first_name = id_of(catalogue, "first_name"),
              .full_name = id_of(catalogue, "full_name"),
              .birth_date = id_of(catalogue, "birth_date")},
      contact_points(id_of(catalogue, "contact_points")),
      last_name(id_of(catalogue, "last_name")),
      patronymic(id_of(catalogue, "patronymic")),
      company(id_of(catalogue, "company")),
      organisation_name(id_of(catalogue, "organisation_name")),
      city_sealed(id_of(catalogue, "city_sealed")),
      language(id_of(catalogue, "language")),
      raw_row(id_of(catalogue, "raw_row")) {}

std::vector<FieldValue> field_values(const ContactRow& row, const ContactFields& fields) {
  std::vector<FieldValue> values;
  add(values, fields.linking.external_id, row.external_id);
  add(values, fields.linking.first_name, row.first_name);
  add(values, fields.last_name, row.last_name);
  add(values, fields.patronymic, row.patronymic);
  add(values, fields.linking.full_name, row.full_name);
  add(values, row.entity == Entity::kPerson ? fields.company : fields.organisation_name,
      row.company);
  add(values, fields.contact_points, contact_points(row));
  add(values, fields.city_sealed, row.sealed_city);
  if (row.language) add(values, fields.language, Plaintext(*row.language));
  if (row.birth_date) {
    values.push_back(
        {fields.linking.birth_date, FieldType::kDate, Plaintext(to_iso(*row.birth_date))});
  }
  for (const SealedText& sealed : row.sealed) add(values, sealed.field_id, sealed.text);
  std::sort(values.begin(), values.end(),
            [](const FieldValue& a, const FieldValue& b) { return a.field_id < b.field_id; });
  return values;
}

std::vector<FieldValue> external_id_only(const Plaintext& external_id,
                                         const ContactFields& fields) {
  std::vector<FieldValue> values;
  add(values, fields.linking.external_id, external_id);
  return values;
}

Tag16 content_tag(const TagMaker& tags, const ContactRow& row, std::span<const FieldValue> values) {
  Content content;
  for (const FieldValue& value : values) {
    content.add(std::to_string(value.field_id));
    content.add(value.value.reveal());
  }
  content.add(row.country.value_or(""));
  content.add(row.city != nullptr ? row.city->name.text() : "");
  content.add(std::to_string(static_cast<int>(row.gender)));
  add_statements(content, row);
  return tags.content_tag("contact", content.bytes());
}

std::vector<ValueTag> value_tags(const TagMaker& tags, const BlockedValues& blocked,
                                 const ContactRow& row) {
  std::vector<ValueTag> found;
  const auto add_all = [&](std::uint16_t index, IdentifierKind kind,
                           const std::vector<Identifier>& identifiers) {
    for (const Identifier& one : identifiers) {
      const std::string_view value = one.value.reveal();
      const Strength strength = blocked.strength(kind, value);
      if (strength == Strength::kBlocked) continue;
      found.push_back({index, tags.tag(index, value), strength,
                       index == kCardIndex ? Hash32{} : tags.suppression_tag(index, value)});
    }
  };
  add_all(kPhoneIndex, IdentifierKind::kPhone, row.phones);
  add_all(kEmailIndex, IdentifierKind::kEmail, row.emails);
  add_all(kCardIndex, IdentifierKind::kCard, row.cards);
  return found;
}

Tag16 company_tag(const TagMaker& tags, const Plaintext& company) {
  const std::string folded = fold_key(company.reveal());
  return tags.content_tag("company", as_bytes(folded));
}

void describe(VersionRow& version, const ContactRow& row, Date today) {
  version.country = row.country;
  if (row.city != nullptr) {
    version.city = row.city->name.text();
    if (!row.city->region.text().empty()) version.region = row.city->region.text();
  }
  if (row.gender == Gender::kFemale) version.gender = "f";
  if (row.gender == Gender::kMale) version.gender = "m";
  if (!row.birth_date) return;
  version.age_band = age_band(*row.birth_date, today);
  version.birthday_month = row.birth_date->month;
  const MonthOfYear majority = majority_month(*row.birth_date);
  version.majority_month = make_date(majority.year, majority.month, 1);
}

RecordFields linking_fields(const FieldCatalogue& catalogue) {
  return ContactFields(catalogue).linking;
}

}  // namespace assent
