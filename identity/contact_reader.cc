#include <algorithm>
#include <array>

#include "cell_check.h"
#include "decode/csv_dialect.h"
#include "identity/email.h"
#include "identity/normalise.h"
#include "identity/phone.h"
#include "row_builder.h"
#include "row_denials.h"

namespace assent {
namespace {

constexpr std::size_t kExternalIdBytesMax = 256;
constexpr std::size_t kKeyBytesMax = 64;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_key(std::string_view text) {
  return text.size() <= kKeyBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-';
         });
}

// The values of a cell in which several may stand.
template <class Visit>
void each_part(std::string_view cell, Visit visit) {
  for (;;) {
    const auto mark = cell.find_first_of(kPartMarks);
    const std::string_view part = trim(cell.substr(0, mark));
    if (!part.empty()) visit(part);
    if (mark == std::string_view::npos) return;
    cell.remove_prefix(mark + 1);
  }
}

// Collects one row. Each take_*() reads one cell that is not empty.
class ContactBuilder {
 public:
  ContactBuilder(const Mapping& mapping, const PlaceCatalogue& places, Date latest,
                 const RawRow& raw)
      : mapping_(mapping), places_(places), latest_(latest), raw_(raw) {
    row_.line = raw.line();
  }

  std::variant<ContactRow, CellFault> build(const BoundCaptions& captions) {
    take_country(captions);
    for (const BoundColumn& bound : captions.columns) {
      column_ = &bound;
      const std::string_view cell = raw_.reveal(bound.column);
      const Target target = bound.mapped == nullptr ? Target::kSealed : bound.mapped->target;
      if (const auto note = note_of(raw_, bound.column, target)) {
        note->fatal ? fault(note->reason) : warn(note->reason);
      }
      const bool unread = raw_.kind(bound.column) == CellKind::kError;
      if (!trim(cell).empty() || (unread && target == Target::kOptOut)) take(cell);
    }
    finish(captions);
    if (fault_) return *fault_;
    return std::move(row_);
  }

 private:
  std::uint32_t column_number() const { return static_cast<std::uint32_t>(column_->column + 1); }

  void fault(StaticText reason) {
    if (!fault_) fault_ = CellFault{reason, column_number(), column_->mapped->name};
  }
  // A column that two rules read is told of once.
  void warn(StaticText reason) {
    for (const RowWarning& told : row_.warnings) {
      if (told.column == column_number() && told.reason.view() == reason.view()) return;
    }
    row_.warnings.push_back({reason, column_number(), row_.line});
  }
  void warn_of_value(std::string_view part, StaticText reason) {
    begins_as_formula(part) ? fault(kFormulaIdentifies) : warn(reason);
  }

  // Phones are read by the country of their row, wherever its column stands.
  void take_country(const BoundCaptions& captions) {
    region_ = mapping_.default_region;
    for (const BoundColumn& bound : captions.columns) {
      if (bound.mapped == nullptr || bound.mapped->target != Target::kCountry) continue;
      row_.country = places_.country(raw_.reveal(bound.column));
      if (row_.country) region_ = *row_.country;
    }
  }

  void take(std::string_view cell) {
    if (column_->mapped == nullptr) return take_custom(cell);
    switch (column_->mapped->target) {
      case Target::kExternalId:
        return take_external_id(cell);
      case Target::kFirstName:
        row_.first_name = clean_text(cell);
        return;
      case Target::kLastName:
        row_.last_name = clean_text(cell);
        return;
      case Target::kPatronymic:
        row_.patronymic = clean_text(cell);
        return;
      case Target::kFullName:
        row_.full_name = clean_text(cell);
        return;
      case Target::kCompany:
        row_.company = clean_text(cell);
        return;
      case Target::kEmail:
        return take_emails(cell);
      case Target::kPhone:
        return take_phones(cell);
      case Target::kCard:
        return take_card(cell);
      case Target::kBirthDate:
        return take_birth_date(cell);
      case Target::kCountry:
        return keep_unknown_country(cell);
      case Target::kCity:
        city_column_ = column_;
        return;
      case Target::kLanguage:
        return take_language(cell);
      case Target::kGender:
        return take_gender(cell);
      case Target::kCreatedAt:
        return take_instant(cell, row_.created_at);
      case Target::kUpdatedAt:
        return take_instant(cell, row_.updated_at);
      case Target::kEntity:
        return take_entity(cell);
      case Target::kOptOut:
        return take_opt_out(cell);
      case Target::kEffectiveAt:
        return take_effective_at(cell);
      case Target::kPurpose:
        return take_key(cell, claim_.purpose, claim_.columns.purpose);
      case Target::kChannel:
        return take_key(cell, claim_.channel, claim_.columns.channel);
      case Target::kAction:
        return take_key(cell, claim_.action, claim_.columns.action);
      case Target::kNotice:
        return take_key(cell, claim_.notice, claim_.columns.notice);
      case Target::kMethod:
        return take_key(cell, claim_.method, claim_.columns.method);
      case Target::kSealed:
        return seal(column_->mapped->field_id, cell);
      default:
        return;
    }
  }

  void take_external_id(std::string_view cell) {
    row_.external_id = Plaintext(trim(cell));
    if (row_.external_id.reveal().size() > kExternalIdBytesMax)
      fault("the external id is too long");
  }

  // A value that stands twice, in one cell or two, is one.
  static void add(std::vector<Identifier>& identifiers, Plaintext value) {
    const bool known = std::any_of(identifiers.begin(), identifiers.end(), [&](const auto& other) {
      return other.value.reveal() == value.reveal();
    });
    if (!known) identifiers.push_back({std::move(value), false});
  }

  void take_emails(std::string_view cell) {
    each_part(cell, [this](std::string_view part) {
      auto email = normalise_email(part);
      if (email.ok()) return add(row_.emails, *std::move(email));
      warn_of_value(part, email.error().reason);
    });
  }

  void take_phones(std::string_view cell) {
    each_part(cell, [this](std::string_view part) {
      auto phone = normalise_phone(part, region_);
      if (!phone.ok()) return warn_of_value(part, phone.error().reason);
      if (phone->had_extension) warn("the extension of the phone is dropped");
      if (!phone->allocated) warn("the phone is of a range that is not allocated");
      add(row_.phones, std::move(phone->e164));
    });
  }

  void take_card(std::string_view cell) {
    Plaintext card = normalise_card(cell);
    if (card.empty()) return warn("the card has no letter or digit");
    add(row_.cards, std::move(card));
  }

  void take_birth_date(std::string_view cell) {
    auto birth = read_birth_date(cell, mapping_.dates, latest_);
    if (!birth.ok()) return fault(birth.error().reason);
    row_.birth_date = *birth;
    if (!row_.birth_date) warn("the birth date is a program's default and counts as unknown");
  }

  void keep_unknown_country(std::string_view cell) {
    if (row_.country) return;
    warn("the country is not known");
    seal(mapping_.country_sealed_field_id, cell);
  }

  void take_language(std::string_view cell) {
    const std::string key = fold_key(cell);
    const std::string code = key.substr(0, key.find_first_of("-_"));
    const bool letters =
        std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!letters || code.size() < 2 || code.size() > 3) return warn("the language is not a code");
    row_.language = code;
  }

  void take_gender(std::string_view cell) {
    const std::string word = fold_key(cell);
    if (is_one_of(word, {"f", "female", "woman", "w", "ж", "жен", "женский", "женщина"})) {
      row_.gender = Gender::kFemale;
    } else if (is_one_of(word, {"m", "male", "man", "м", "муж", "мужской", "мужчина"})) {
      row_.gender = Gender::kMale;
    } else {
      warn("the gender is not known");
    }
  }

  void take_instant(std::string_view cell, std::optional<Timestamp>& instant) {
    instant = mapping_.dates.instant(cell, mapping_.zone);
    if (!instant) fault("the date is not one that exists");
  }

  void take_entity(std::string_view cell) {
    const std::string word = fold_key(cell);
    const auto has = [&word](const std::vector<std::string>& words) {
      return std::find(words.begin(), words.end(), word) != words.end();
    };
    if (has(mapping_.organisation_words)) {
      row_.entity = Entity::kOrganisation;
    } else if (!has(mapping_.person_words)) {
      fault("the row is neither a person nor an organisation");
    }
  }

  // What cannot be understood as a flag is taken for the denial it may be.
  void take_opt_out(std::string_view cell) {
    const OptOutWord word = read_opt_out(*column_->mapped, cell);
    if (word == OptOutWord::kNothing) return;
    if (word == OptOutWord::kUnclear) warn("the opt-out is not a yes or no and counts as a yes");
    row_.opt_outs.push_back({column_->mapped->channel, std::nullopt});
  }

  void take_effective_at(std::string_view cell) {
    const auto instant = mapping_.dates.instant(cell, mapping_.zone);
    if (!instant) return fault("the date is not one that exists");
    claim_.effective_at = *instant;
    claim_.columns.effective_at = column_number();
    has_effective_at_ = true;
  }

  void take_key(std::string_view cell, std::string& key, std::uint32_t& column) {
    column = column_number();
    const std::string_view text = trim(cell);
    if (!is_key(text)) return fault("the consent's word has not the shape of a key");
    key = text;
  }

  void seal(std::uint16_t field_id, std::string_view cell) {
    const auto same = std::find_if(row_.sealed.begin(), row_.sealed.end(),
                                   [field_id](const auto& s) { return s.field_id == field_id; });
    if (same == row_.sealed.end()) {
      row_.sealed.push_back({field_id, Plaintext(cell)});
      return;
    }
    WipedText joined(same->text.reveal().begin(), same->text.reveal().end());
    joined.push_back('\n');
    append(joined, cell);
    same->text = Plaintext({joined.data(), joined.size()});
  }

  // Caption and cell as one line of CSV.
  void take_custom(std::string_view cell) {
    WipedText line;
    append_csv_cell(line, column_->caption.reveal(), CellPlace::kFirst);
    append_csv_cell(line, cell, CellPlace::kFollowing);
    seal(mapping_.custom_field_id, {line.data(), line.size()});
  }

  void finish(const BoundCaptions& captions) {
    for (const BoundColumn& bound : captions.columns) {
      if (bound.mapped == nullptr || bound.mapped->presence != Presence::kRequired) continue;
      column_ = &bound;
      if (trim(raw_.reveal(bound.column)).empty()) fault("a required value is missing");
    }
    finish_city();
    finish_consent(captions);
    if (row_.entity == Entity::kOrganisation && row_.company.empty()) {
      row_.company = row_.full_name.duplicate();
    }
  }

  void finish_city() {
    if (city_column_ == nullptr) return;
    const std::string_view cell = raw_.reveal(city_column_->column);
    row_.city = places_.city(cell, row_.country.value_or(""));
    if (row_.city == nullptr) {
      row_.sealed_city = clean_text(cell);
    } else if (!row_.country && mapping_.country_from == CountryFrom::kCity) {
      row_.country = row_.city->country;
    }
  }

  void finish_consent(const BoundCaptions& captions) {
    const bool any = !claim_.purpose.empty() || !claim_.channel.empty() || !claim_.action.empty();
    if (!any) return;
    const std::array<std::pair<Target, bool>, 3> needed = {
        {{Target::kPurpose, !claim_.purpose.empty()},
         {Target::kAction, !claim_.action.empty()},
         {Target::kEffectiveAt, has_effective_at_}}};
    for (const auto& [target, there] : needed) {
      if (!there) fault_at(captions, target, "a consent lacks its purpose, action or date");
    }
    row_.consents.push_back(std::move(claim_));
  }

  void fault_at(const BoundCaptions& captions, Target target, StaticText reason) {
    const auto bound = std::find_if(
        captions.columns.begin(), captions.columns.end(),
        [target](const auto& b) { return b.mapped != nullptr && b.mapped->target == target; });
    if (bound != captions.columns.end()) {
      column_ = &*bound;
      fault(reason);
    } else if (!fault_) {
      fault_ = CellFault{reason, 0, std::nullopt};
    }
  }

  const Mapping& mapping_;
  const PlaceCatalogue& places_;
  const Date latest_;
  const RawRow& raw_;
  const BoundColumn* column_ = nullptr;
  const BoundColumn* city_column_ = nullptr;
  std::string region_;
  ContactRow row_;
  ConsentClaim claim_;
  bool has_effective_at_ = false;
  std::optional<CellFault> fault_;
};

}  // namespace

std::variant<ContactRow, CellFault> ContactReader::read(const RawRow& raw) const {
  return ContactBuilder(mapping_, places_, latest_, raw).build(captions_);
}

}  // namespace assent
