#include "shop_file.h"

#include <array>
#include <iterator>

#include "dice.h"
#include "spelling.h"

namespace assent::sample {
namespace {

constexpr std::array kContactCaptions = std::to_array<std::string_view>(
    {"external_id", "first_name", "last_name", "patronymic", "email", "phone", "card", "birth_date",
     "country", "city", "language", "email_opt_out", "sms_opt_out", "phone_opt_out"});
constexpr std::array kConsentCaptions = std::to_array<std::string_view>(
    {"purpose", "channel", "action", "effective_at", "notice", "method"});
constexpr std::array kOrderCaptions =
    std::to_array<std::string_view>({"external_id", "order_id", "ordered_at", "quantity", "amount",
                                     "currency", "product", "category"});

enum Column : std::size_t {
  kId,
  kFirst,
  kLast,
  kPatronymic,
  kEmail,
  kPhone,
  kCard,
  kBirthDate,
  kCountry,
  kCity,
  kLanguage,
  kFirstOptOut
};

std::vector<std::string> consent_cells(const InventedConsent& event) {
  const std::string_view channel =
      event.channel ? kSampleChannels[static_cast<std::size_t>(*event.channel)] : "";
  return {"direct_marketing",   std::string(channel),      std::string(action_name(event.action)),
          to_rfc3339(event.at), std::string(event.notice), std::string(event.method)};
}

void append(std::vector<std::string>& row, std::vector<std::string> cells) {
  row.insert(row.end(), std::make_move_iterator(cells.begin()),
             std::make_move_iterator(cells.end()));
}

std::vector<std::string> named_row(const Person& p, const OptOuts& opt_out) {
  std::vector<std::string> row(kContactCaptions.size());
  const bool latin = p.role == Role::kCrossScript;
  row[kFirst] = latin ? p.first_latin : p.first;
  row[kLast] = latin ? p.last_latin : p.last;
  row[kCountry] = p.country;
  row[kLanguage] = p.country.empty() ? "" : std::string(names_of(p.nation).language);
  for (std::size_t i = 0; i < kChannels; ++i) row[kFirstOptOut + i] = opt_out[i] ? "1" : "";
  return row;
}

}  // namespace

std::vector<std::string> shop_header() {
  std::vector<std::string> captions(kContactCaptions.begin(), kContactCaptions.end());
  captions.insert(captions.end(), kConsentCaptions.begin(), kConsentCaptions.end());
  return captions;
}

std::vector<std::string> consent_header() {
  std::vector<std::string> captions{"external_id"};
  captions.insert(captions.end(), kConsentCaptions.begin(), kConsentCaptions.end());
  return captions;
}

std::vector<std::string> order_header() {
  return {kOrderCaptions.begin(), kOrderCaptions.end()};
}

std::vector<std::string> shop_row(const SampleOptions& options, const Person& person,
                                  const OptOuts& opt_out,
                                  const std::optional<InventedConsent>& consent) {
  Dice dice(options.seed, person.index, Topic::kShop);
  std::vector<std::string> row = named_row(person, opt_out);
  row[kId] = person.shop_id();
  if (person.role != Role::kCrossScript) row[kPatronymic] = person.patronymic;
  row[kEmail] = dice.chance(70) ? person.email : spell_email(person.email, dice);
  row[kPhone] = dice.chance(50) ? person.phone : spell_phone(person.phone, dice);
  row[kCard] = person.card;
  row[kCity] = person.city;
  if (person.birth) row[kBirthDate] = to_iso(*person.birth);
  append(row,
         consent ? consent_cells(*consent) : std::vector<std::string>(kConsentCaptions.size()));
  return row;
}

std::vector<std::string> duplicate_row(const SampleOptions& options, const Person& person,
                                       const OptOuts& opt_out) {
  Dice dice(options.seed, person.index, Topic::kDuplicate);
  std::vector<std::string> row = named_row(person, opt_out);
  row[kId] = person.duplicate_id();
  const std::uint32_t common = dice.below(3);
  if (common == 0) row[kEmail] = spell_email(person.email, dice);
  if (common == 1) row[kPhone] = spell_phone(person.phone, dice);
  if (common == 2 || (common == 1 && person.phone.empty())) row[kCard] = ascii_lower(person.card);
  append(row, std::vector<std::string>(kConsentCaptions.size()));
  return row;
}

std::vector<std::string> consent_row(const std::string& external_id, const InventedConsent& event) {
  std::vector<std::string> row{external_id};
  append(row, consent_cells(event));
  return row;
}

std::vector<std::string> order_row(const std::string& external_id, const Purchase& purchase) {
  return {
      external_id,
      purchase.number == 0 ? "" : "R-" + external_id + "-" + padded(purchase.number, 3),
      to_rfc3339(purchase.at),
      std::to_string(purchase.quantity),
      std::to_string(purchase.amount_minor / 100) + "." + padded(purchase.amount_minor % 100, 2),
      std::string(purchase.currency),
      std::string(purchase.product),
      std::string(purchase.category)};
}

}  // namespace assent::sample
