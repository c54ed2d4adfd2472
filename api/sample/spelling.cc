#include "spelling.h"

namespace assent::sample {
namespace {

char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// "###-##" with the digits put for the marks.
std::string grouped(std::string_view digits, std::string_view pattern) {
  std::string text;
  std::size_t at = 0;
  for (const char c : pattern) text += c == '#' ? digits[at++] : c;
  return text;
}

std::string spell_seven(std::string_view national, Dice& dice) {
  switch (dice.below(6)) {
    case 0:
      return grouped(national, "8 (###) ###-##-##");
    case 1:
      return grouped(national, "7##########");
    case 2:
      return grouped(national, "8-###-###-##-##");
    case 3:
      return grouped(national, "+7(###)#######");
    case 4:
      return grouped(national, "+7 ### ###-##-##");
    default:
      return grouped(national, "+7##########");
  }
}

}  // namespace

std::string padded(std::uint64_t number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return text.size() >= digits ? text : std::string(digits - text.size(), '0') + text;
}

std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string spell_email(const std::string& email, Dice& dice) {
  if (email.empty()) return email;
  std::string spelled = email;
  switch (dice.below(4)) {
    case 0:
      for (char& c : spelled) c = ascii_upper(c);
      break;
    case 1:
      spelled[0] = ascii_upper(spelled[0]);
      for (std::size_t i = spelled.find('@'); i < spelled.size(); ++i) {
        spelled[i] = ascii_upper(spelled[i]);
      }
      break;
    case 2:
      return " " + spelled + " ";
    default:
      break;
  }
  return spelled;
}

std::string spell_phone(const std::string& e164, Dice& dice) {
  if (e164.empty()) return e164;
  const std::string_view digits = std::string_view(e164).substr(1);
  if (e164.starts_with("+7")) return spell_seven(digits.substr(1), dice);
  if (dice.chance(50)) return e164;
  if (e164.starts_with("+49")) return grouped(digits, "+## ## ##### ###");
  if (e164.starts_with("+44")) return grouped(digits, "+## #### ######");
  return grouped(digits, "+# (###) ###-####");
}

std::string without_yo(std::string_view text) {
  std::string plain(text);
  for (std::size_t at = plain.find("ё"); at != std::string::npos; at = plain.find("ё", at)) {
    plain.replace(at, std::string_view("ё").size(), "е");
  }
  return plain;
}

}  // namespace assent::sample
