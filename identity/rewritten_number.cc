#include "identity/rewritten_number.h"

#include <algorithm>

#include "identity/normalise.h"

namespace assent {
namespace {

std::string_view take_digits(std::string_view& text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

bool take_any(std::string_view& text, std::string_view marks) {
  if (text.empty() || marks.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// The parts of "-12.50E+3"; `rest` is what is left when it is no number.
struct Number {
  std::string_view whole;  // With its sign.
  std::string_view decimals;
  bool has_exponent = false;
  bool has_exponent_sign = false;
  bool is_number = false;
};

Number take_apart(std::string_view text) {
  Number number;
  std::string_view rest = text;
  take_any(rest, "+-");
  if (take_digits(rest).empty()) return number;
  number.whole = text.substr(0, text.size() - rest.size());
  if (take_any(rest, ".,")) {
    number.decimals = take_digits(rest);
    if (number.decimals.empty()) return number;
  }
  number.has_exponent = take_any(rest, "eE");
  if (number.has_exponent) {
    number.has_exponent_sign = take_any(rest, "+-");
    if (take_digits(rest).empty()) return number;
  }
  number.is_number = rest.empty();
  return number;
}

bool has_zero_decimals(const Number& number) {
  return number.is_number && !number.has_exponent && !number.decimals.empty() &&
         number.decimals.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<StaticText> why_rewritten(std::string_view text) {
  const Number number = take_apart(trim(text));
  if (has_zero_decimals(number)) {
    return StaticText("a spreadsheet wrote the number as a decimal: it identifies nobody");
  }
  const bool exponent = number.is_number && number.has_exponent &&
                        (number.has_exponent_sign || !number.decimals.empty());
  if (!exponent) return std::nullopt;
  return StaticText("a spreadsheet cut the number to an exponent: it identifies nobody");
}

std::string_view without_zero_decimals(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const Number number = take_apart(trimmed);
  return has_zero_decimals(number) ? number.whole : trimmed;
}

}  // namespace assent
