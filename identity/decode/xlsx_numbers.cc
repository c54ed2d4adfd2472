#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "core/bytes.h"
#include "core/clock.h"
#include "xlsx_tables.h"

namespace assent {
namespace {

// Serial 25569 is 1970-01-01 when serial 1 is 1900-01-01 and 1900 is taken for a leap year.
constexpr std::int64_t kUnixSerial1900 = 25569;
constexpr std::int64_t kUnixSerial1904 = 24107;
constexpr double kSerialMax = 2'958'465;  // 9999-12-31
constexpr std::int64_t kDaySeconds = 86'400;

std::optional<double> to_double(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// "7.9E10" as "79000000000", to the digit.
std::string without_exponent(std::string_view text) {
  const auto e = std::min(text.find_first_of("eE"), text.size());
  int exponent = 0;
  if (e < text.size()) {
    const std::string_view power = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
    std::from_chars(power.data(), power.data() + power.size(), exponent);
  }
  std::string digits;
  int point = -1;
  const bool negative = text[0] == '-';
  for (const char c : text.substr(negative ? 1 : 0, e - (negative ? 1 : 0))) {
    if (c == '.') {
      point = static_cast<int>(digits.size());
    } else {
      digits += c;
    }
  }
  if (point < 0) point = static_cast<int>(digits.size());
  point += exponent;
  if (point <= 0) digits.insert(0, static_cast<std::size_t>(1 - point), '0'), point = 1;
  if (point > static_cast<int>(digits.size())) digits.resize(static_cast<std::size_t>(point), '0');
  if (point < static_cast<int>(digits.size()))
    digits.insert(static_cast<std::size_t>(point), 1, '.');
  return (negative ? "-" : "") + digits;
}

// The digits of a number that has none but zeros after its point: "31000003.0" is the integer that
// its cell shows, and so is "3.1000003E7". nullopt for any other.
std::optional<std::string> whole_number(std::string_view value) {
  if (value.find_first_of(".eE") == std::string_view::npos) return std::nullopt;
  std::string text = without_exponent(value);
  if (const auto point = text.find('.'); point != std::string::npos) {
    if (text.find_first_not_of('0', point + 1) != std::string::npos) return std::nullopt;
    text.erase(point);
  }
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const auto first = std::min(text.find_first_not_of('0', sign), text.size() - 1);
  text.erase(sign, first - sign);
  return text == "-0" ? "0" : text;
}

std::string plain_number(std::string_view value, double number) {
  if (auto whole = whole_number(value)) return *std::move(whole);
  constexpr int kExactDigits = 15;  // What Excel shows; the rest is noise of its arithmetic.
  int digits = 0;
  for (const char c : value) digits += c >= '0' && c <= '9';
  const bool plain = value.find_first_of("eE") == std::string_view::npos;
  if (plain && digits <= kExactDigits) return std::string(value);
  if (plain && value.find('.') == std::string_view::npos) return std::string(value);
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::general, kExactDigits);
  return without_exponent({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

std::string date_text(double serial, NumberKind kind, Epoch epoch) {
  auto seconds = static_cast<std::int64_t>(std::llround(serial * static_cast<double>(kDaySeconds)));
  std::int64_t days = seconds / kDaySeconds;
  seconds -= days * kDaySeconds;
  if (epoch == Epoch::k1900 && days < 60) ++days;  // Before the leap day that never was.
  days -= epoch == Epoch::k1900 ? kUnixSerial1900 : kUnixSerial1904;
  std::string text = to_iso(date_from_days(static_cast<std::int32_t>(days)));
  if (kind == NumberKind::kDate && seconds == 0) return text;
  std::array<char, 16> time{};
  std::snprintf(time.data(), time.size(), " %02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text + time.data();
}

}  // namespace

NumberKind kind_of_format(std::string_view code) {
  bool date = false;
  bool time = false;
  char closing = 0;  // Inside "text" or [colour].
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (closing != 0) {
      if (c == closing) closing = 0;
    } else if (c == '"') {
      closing = '"';
    } else if (c == '[') {
      closing = ']';
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == ';') {
      break;
    } else {
      date = date || c == 'y' || c == 'Y' || c == 'd' || c == 'D';
      time = time || c == 'h' || c == 'H' || c == 's' || c == 'S';
    }
  }
  if (!date) return NumberKind::kNumber;
  return time ? NumberKind::kDateTime : NumberKind::kDate;
}

std::string number_text(std::string_view value, NumberKind kind, Epoch epoch) {
  const auto number = to_double(value);
  if (!number) return std::string(value);
  const bool date = kind != NumberKind::kNumber && *number >= 0 && *number <= kSerialMax;
  return date ? date_text(*number, kind, epoch) : plain_number(value, *number);
}

void append_unescaped(WipedText& out, std::string_view text) {
  while (!text.empty()) {
    const auto at = text.find("_x");
    append(out, text.substr(0, at));
    if (at == std::string_view::npos) return;
    text.remove_prefix(at);
    unsigned code = 0;
    const bool whole =
        text.size() >= 7 && text[6] == '_' &&
        std::from_chars(text.data() + 2, text.data() + 6, code, 16).ptr == text.data() + 6;
    if (whole && code < 0x80) {
      out.push_back(static_cast<char>(code));
      text.remove_prefix(7);
    } else {
      append(out, text.substr(0, 2));
      text.remove_prefix(2);
    }
  }
}

}  // namespace assent
