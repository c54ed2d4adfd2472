#include "identity/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>

#include "identity/normalise.h"
#include "identity/rewritten_number.h"
#include "phone_form.h"

namespace assent {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kPhoneBytesMax = 250;  // As libphonenumber's own limit.

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}
// Both countries of the numbering plan +7.
bool dials_as_seven(std::string_view region) {
  return region == "RU" || region == "KZ";
}

// Words before an extension, in the folded form of fold_key().
constexpr std::array<std::string_view, 8> kExtensionWords = {"доб", "вн", "ext",       "extension",
                                                             "x",   "#",  "durchwahl", "poste"};

// Cuts the extension off folded text; false when what follows a number is none.
bool cut_extension(std::string& text, bool& found) {
  const auto stop = std::find_if(text.begin(), text.end(), [](char c) {
    return (c & 0x80) != 0 || (c >= 'a' && c <= 'z') || c == '#';
  });
  if (stop == text.end()) return true;
  std::string_view tail(&*stop, static_cast<std::size_t>(text.end() - stop));
  const auto word = std::find_if(kExtensionWords.begin(), kExtensionWords.end(), [tail](auto word) {
    const std::string_view after = tail.substr(std::min(word.size(), tail.size()));
    return tail.starts_with(word) && !after.empty() &&
           (is_digit(after[0]) || after[0] == ' ' || after[0] == '.' || after[0] == ':');
  });
  if (word == kExtensionWords.end()) return false;
  tail.remove_prefix(word->size());
  const auto rest = tail.find_first_not_of(" .:");
  if (rest == std::string_view::npos) return false;
  tail.remove_prefix(rest);
  if (tail.size() > 11 || !std::all_of(tail.begin(), tail.end(), is_digit)) return false;
  found = true;
  text.erase(stop, text.end());
  return true;
}

bool is_mark(char c) {
  return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '/';
}

// All dashes of Unicode as ASCII's.
std::string with_plain_dashes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view three = text.substr(i, 3);
    const bool dash = three.starts_with("\xE2\x80") && three.size() == 3 &&
                      static_cast<unsigned char>(three[2]) >= 0x90 &&
                      static_cast<unsigned char>(three[2]) <= 0x95;
    const bool minus = three == "\xE2\x88\x92";
    out += dash || minus ? '-' : text[i];
    if (dash || minus) i += 2;
  }
  return out;
}

// The rules that come before the library's: "00" is "+", and 8 or 7 with ten digits is +7.
std::string with_country(const std::string& number, std::string_view region) {
  if (number.starts_with("00") && number.size() > 11) return "+" + number.substr(2);
  const bool national = number.size() == 11 && (number[0] == '8' || number[0] == '7');
  if (national && dials_as_seven(region)) return "+7" + number.substr(1);
  return number;
}

}  // namespace

std::optional<WrittenPhone> take_apart(std::string_view text, std::string_view region) {
  text = trim(text);
  if (text.empty() || text.size() > kPhoneBytesMax) return std::nullopt;
  while (text.starts_with('\'')) text.remove_prefix(1);
  WrittenPhone phone;
  std::string plain = is_ascii(text) ? std::string(text) : with_plain_dashes(fold_key(text));
  std::transform(plain.begin(), plain.end(), plain.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; });
  if (!cut_extension(plain, phone.had_extension)) return std::nullopt;
  for (const char c : plain) {
    const bool sign = c == '+' && phone.number.empty();
    if (is_digit(c) || sign) {
      phone.number += c;
    } else if (!is_mark(c)) {
      return std::nullopt;
    }
  }
  phone.number = with_country(phone.number, region);
  return phone;
}

std::optional<PhoneForm> common_form(std::string_view number, std::string_view region) {
  const bool international = number.size() == 12 && number.starts_with("+7");
  const bool national = number.size() == 10 && region == "RU" && number[0] != '+';
  if (!international && !national) return std::nullopt;
  const std::string_view subscriber = number.substr(number.size() - 10);
  // The library asks for 810 first, the prefix of calls abroad, and for the trunk prefix.
  if (national && subscriber.starts_with("810")) return std::nullopt;
  PhoneForm form{"+7" + std::string(subscriber), false};
  switch (subscriber[0]) {
    case '9':
      form.allocated = true;
      return form;  // All of the mobile range.
    case '0':
    case '1':
    case '2':
    case '5':
      return form;  // No range begins so.
    default:
      return std::nullopt;
  }
}

std::optional<PhoneForm> library_form(std::string_view number, std::string_view region) {
  static const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
  PhoneNumber parsed;
  const std::string from = region.empty() ? "ZZ" : std::string(region);
  if (library.Parse(std::string(number), from, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR ||
      library.IsPossibleNumberWithReason(parsed) != PhoneNumberUtil::IS_POSSIBLE) {
    return std::nullopt;
  }
  PhoneForm form;
  library.Format(parsed, PhoneNumberUtil::E164, &form.e164);
  form.allocated = library.IsValidNumber(parsed);
  return form;
}

Result<Phone> normalise_phone(std::string_view text, std::string_view region) {
  constexpr StaticText kInvalidPhone = "the phone is not a phone number";
  if (const auto why = why_rewritten(text)) return Error{ErrorCode::kInvalid, *why};
  const auto written = take_apart(text, region);
  if (!written) return Error{ErrorCode::kInvalid, kInvalidPhone};
  auto form = common_form(written->number, region);
  if (!form) form = library_form(written->number, region);
  if (!form) return Error{ErrorCode::kInvalid, kInvalidPhone};
  return Phone{Plaintext(form->e164), form->allocated, written->had_extension};
}

}  // namespace assent
