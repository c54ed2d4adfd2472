#include "identity/money_text.h"

#include <unicode/ucurr.h>

#include <algorithm>
#include <array>

#include "identity/normalise.h"

namespace assent {
namespace {

Error invalid(StaticText reason) {
  return {ErrorCode::kInvalid, reason};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

struct Sign {
  std::string_view text;  // In the form of fold_key().
  std::string_view currency;
};
constexpr std::array<Sign, 12> kSigns = {{{"$", "USD"},
                                          {"€", "EUR"},
                                          {"£", "GBP"},
                                          {"₽", "RUB"},
                                          {"руб.", "RUB"},
                                          {"руб", "RUB"},
                                          {"рублей", "RUB"},
                                          {"р.", "RUB"},
                                          {"р", "RUB"},
                                          {"₸", "KZT"},
                                          {"₴", "UAH"},
                                          {"¥", "JPY"}}};

// Takes a currency's sign or code off either end. "" when there is none.
std::string take_currency(std::string_view& text) {
  for (const Sign& sign : kSigns) {
    const bool front = text.starts_with(sign.text);
    if (!front && !text.ends_with(sign.text)) continue;
    front ? text.remove_prefix(sign.text.size()) : text.remove_suffix(sign.text.size());
    return std::string(sign.currency);
  }
  if (text.size() < 3) return "";
  for (const bool front : {true, false}) {
    std::string code(front ? text.substr(0, 3) : text.substr(text.size() - 3));
    std::transform(code.begin(), code.end(), code.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c; });
    if (!currency_digits(code)) continue;
    front ? text.remove_prefix(3) : text.remove_suffix(3);
    return code;
  }
  return "";
}

// Every group behind a thousands mark has three digits, the first one to three.
bool are_groups(std::string_view whole, char mark) {
  std::size_t run = 0;
  bool first = true;
  for (const char c : whole) {
    if (is_digit(c)) {
      ++run;
    } else {
      if (c != mark || (first ? run == 0 || run > 3 : run != 3)) return false;
      first = false;
      run = 0;
    }
  }
  return first || run == 3;
}

struct Parts {
  std::string_view whole;
  std::string_view decimals;
};

Result<Parts> split(std::string_view number) {
  constexpr StaticText kNoAmount = "the amount is not a number";
  const auto last = number.find_last_of(".,");
  Parts parts{number, ""};
  if (last != std::string_view::npos) {
    const char mark = number[last];
    const char other = mark == '.' ? ',' : '.';
    const bool repeated = number.find(mark) != last;
    const bool grouped = repeated || number.find_first_of(" '") != std::string_view::npos ||
                         number.find(other) != std::string_view::npos;
    if (!repeated) parts = {number.substr(0, last), number.substr(last + 1)};
    if (!grouped && parts.decimals.size() == 3) {
      return invalid("the amount may be read in two ways; write it with two decimals");
    }
  }
  if (parts.whole.empty() || !std::all_of(parts.decimals.begin(), parts.decimals.end(), is_digit)) {
    return invalid(kNoAmount);
  }
  const auto mark = parts.whole.find_first_not_of("0123456789");
  const bool plain = mark == std::string_view::npos;
  if (!plain && !are_groups(parts.whole, parts.whole[mark])) return invalid(kNoAmount);
  if (!plain && std::string_view(" ',.").find(parts.whole[mark]) == std::string_view::npos) {
    return invalid(kNoAmount);
  }
  return parts;
}

// The digits of `parts` as one number of minor units.
Result<std::int64_t> to_minor(const Parts& parts, int digits) {
  constexpr std::size_t kDigitsMax = 18;
  std::string text;
  std::copy_if(parts.whole.begin(), parts.whole.end(), std::back_inserter(text), is_digit);
  const auto kept = static_cast<std::size_t>(digits);
  for (std::size_t i = 0; i < std::max(kept, parts.decimals.size()); ++i) {
    const char c = i < parts.decimals.size() ? parts.decimals[i] : '0';
    if (i < kept) {
      text += c;
    } else if (c != '0') {
      return invalid("the amount is finer than its currency's smallest unit");
    }
  }
  text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
  if (text.size() > kDigitsMax) return invalid("the amount is too large");
  std::int64_t minor = 0;
  for (const char c : text) minor = minor * 10 + (c - '0');
  return minor;
}

}  // namespace

std::optional<int> currency_digits(std::string_view code) {
  const bool letters = code.size() == 3 && std::all_of(code.begin(), code.end(),
                                                       [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!letters) return std::nullopt;
  const std::array<UChar, 4> wide = {static_cast<UChar>(code[0]), static_cast<UChar>(code[1]),
                                     static_cast<UChar>(code[2]), 0};
  UErrorCode error = U_ZERO_ERROR;
  if (ucurr_getNumericCode(wide.data()) == 0) return std::nullopt;
  const int digits = ucurr_getDefaultFractionDigits(wide.data(), &error);
  return U_FAILURE(error) ? std::nullopt : std::optional(digits);
}

Result<Money> parse_money(std::string_view text, std::string_view currency) {
  const std::string folded = fold_key(text);
  std::string_view rest = folded;
  bool negative = false;
  const auto take_minus = [&rest, &negative] {
    if (!rest.starts_with('-') && !rest.starts_with("\xE2\x88\x92")) return;
    rest.remove_prefix(rest[0] == '-' ? 1 : 3);
    negative = true;
  };
  take_minus();
  const std::string own = take_currency(rest);
  rest = trim(rest);
  if (!negative) take_minus();
  if (rest.empty() || !is_digit(rest[0])) return invalid("the amount is not a number");
  if (!own.empty() && !currency.empty() && own != currency) {
    return invalid("the amount is in another currency");
  }
  Money money{0, own.empty() ? std::string(currency) : own};
  const auto digits = currency_digits(money.currency);
  if (!digits) return invalid("the currency of the amount is not known");
  const auto parts = split(rest);
  if (!parts.ok()) return parts.error();
  const auto minor = to_minor(*parts, *digits);
  if (!minor.ok()) return minor.error();
  money.minor = negative ? -*minor : *minor;
  return money;
}

}  // namespace assent
