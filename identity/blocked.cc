#include "identity/blocked.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>

#include "catalogue_file.h"
#include "identity/normalise.h"

namespace assent {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

bool is_one_character(std::string_view text) {
  return !text.empty() && text.find_first_not_of(text[0]) == std::string_view::npos;
}

// Whether the national number is one digit over and over.
bool is_repeated_digit(std::string_view e164) {
  constexpr std::size_t kShortest = 6;  // Digits of the shortest national number worth asking for.
  if (e164.size() <= kShortest) return false;
  if (!is_one_character(e164.substr(e164.size() - kShortest))) return false;
  const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  std::string national;
  if (library.Parse(std::string(e164), "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) {
    return false;
  }
  library.GetNationalSignificantNumber(number, &national);
  return is_one_character(national);
}

// A domain of the list, or below one.
bool is_under(std::string_view domain, const std::unordered_set<std::string>& domains) {
  for (;;) {
    if (domains.contains(std::string(domain))) return true;
    const auto dot = domain.find('.');
    if (dot == std::string_view::npos) return false;
    domain.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<BlockedValues> BlockedValues::load(const std::filesystem::path& file) {
  auto read = read_catalogue_file(file);
  if (!read.ok()) return read.error();
  auto checked = read->root.expect(
      {"values", "phones", "email_local_parts", "email_domains", "role_local_parts"}, {});
  if (!checked.ok()) return checked.error();
  const auto folded = [&read](std::string_view key) {
    std::unordered_set<std::string> values;
    for (const auto& text : read->root.texts(key)) values.insert(fold_key(text));
    return values;
  };
  BlockedValues blocked;
  blocked.values_ = folded("values");
  blocked.phones_ = folded("phones");
  blocked.email_locals_ = folded("email_local_parts");
  blocked.email_domains_ = folded("email_domains");
  blocked.role_locals_ = folded("role_local_parts");
  return blocked;
}

Strength BlockedValues::strength(IdentifierKind kind, std::string_view normalised) const {
  const auto blocked_if = [](bool yes) { return yes ? Strength::kBlocked : Strength::kStrong; };
  switch (kind) {
    case IdentifierKind::kPhone:
      return blocked_if(phones_.contains(std::string(normalised)) || is_repeated_digit(normalised));
    case IdentifierKind::kEmail:
      return email_strength(normalised);
    case IdentifierKind::kCard:
      return blocked_if(is_one_character(normalised) || values_.contains(fold_key(normalised)));
  }
  return Strength::kBlocked;
}

Strength BlockedValues::email_strength(std::string_view email) const {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos) return Strength::kBlocked;
  const std::string local(email.substr(0, at));
  if (values_.contains(local) || email_locals_.contains(local) || is_one_character(local)) {
    return Strength::kBlocked;
  }
  if (is_under(email.substr(at + 1), email_domains_)) return Strength::kBlocked;
  return role_locals_.contains(local) ? Strength::kWeak : Strength::kStrong;
}

}  // namespace assent
