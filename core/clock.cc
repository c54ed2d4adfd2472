#include "core/clock.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace assent {
namespace {

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::chrono::year_month_day ymd(Date date) {
  return {std::chrono::year(date.year), std::chrono::month(date.month), std::chrono::day(date.day)};
}

// Offset in seconds, or nullopt: "Z", "+03:00", "-05:30".
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  auto hours = digits(text, 1, 2);
  auto minutes = digits(text, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const int seconds = *hours * 3600 + *minutes * 60;
  return text[0] == '+' ? seconds : -seconds;
}

// Reads ".123" at the front, giving microseconds and moving `text` past it.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (text.empty() || text[0] != '.') return 0;
  text.remove_prefix(1);
  std::int64_t us = 0;
  int count = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (++count > 6) return std::nullopt;
    us = us * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  if (count == 0) return std::nullopt;
  for (; count < 6; ++count) us *= 10;
  return us;
}

}  // namespace

std::optional<Date> make_date(int year, int month, int day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  const Date date{static_cast<std::int16_t>(year), static_cast<std::uint8_t>(month),
                  static_cast<std::uint8_t>(day)};
  return ymd(date).ok() ? std::optional<Date>(date) : std::nullopt;
}

std::optional<Date> parse_date(std::string_view iso) {
  auto year = digits(iso, 0, 4);
  auto month = digits(iso, 5, 2);
  auto day = digits(iso, 8, 2);
  if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-' || !year || !month || !day) {
    return std::nullopt;
  }
  return make_date(*year, *month, *day);
}

std::string to_iso(Date date) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", date.year, date.month, date.day);
  return text.data();
}

std::int32_t days_since_epoch(Date date) {
  return static_cast<std::int32_t>(std::chrono::sys_days(ymd(date)).time_since_epoch().count());
}

Date date_from_days(std::int32_t days) {
  const std::chrono::year_month_day d{std::chrono::sys_days(std::chrono::days(days))};
  return {static_cast<std::int16_t>(static_cast<int>(d.year())),
          static_cast<std::uint8_t>(static_cast<unsigned>(d.month())),
          static_cast<std::uint8_t>(static_cast<unsigned>(d.day()))};
}

Date utc_date(Timestamp at) {
  const std::int64_t days = at.us >= 0 ? at.us / kDayUs : -((-at.us + kDayUs - 1) / kDayUs);
  return date_from_days(static_cast<std::int32_t>(days));
}

Timestamp midnight_utc(Date date) {
  return {static_cast<std::int64_t>(days_since_epoch(date)) * kDayUs};
}

std::string to_rfc3339(Timestamp at) {
  const Date date = utc_date(at);
  const std::int64_t in_day = at.us - midnight_utc(date).us;
  const auto seconds = static_cast<int>(in_day / kSecondUs);
  const auto us = static_cast<int>(in_day % kSecondUs);
  std::array<char, 48> text{};
  int length = std::snprintf(text.data(), text.size(), "%sT%02d:%02d:%02d", to_iso(date).c_str(),
                             seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (us != 0) {
    length += std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length),
                            ".%06d", us);
  }
  return std::string(text.data(), static_cast<std::size_t>(length)) + "Z";
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  if (text.size() < 10) return std::nullopt;
  auto date = parse_date(text.substr(0, 10));
  if (!date) return std::nullopt;
  if (text.size() == 10) return midnight_utc(*date);
  auto hour = digits(text, 11, 2);
  auto minute = digits(text, 14, 2);
  auto second = digits(text, 17, 2);
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      text[13] != ':' || text[16] != ':' || !hour || !minute || !second || *hour > 23 ||
      *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(19);
  auto fraction = take_fraction(rest);
  auto offset = parse_offset(rest);
  if (!fraction || !offset) return std::nullopt;
  const std::int64_t seconds = *hour * 3600 + *minute * 60 + *second - *offset;
  return Timestamp{midnight_utc(*date).us + seconds * kSecondUs + *fraction};
}

Timestamp SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

Timestamp SteadyClock::now() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

Timestamp ForwardClock::now() const {
  const std::lock_guard lock(mutex_);
  const Timestamp system = system_.now();
  const Timestamp steady = steady_.now();
  if (system >= last_) {
    last_ = system;
    steady_then_ = steady;
  } else {
    // What two calls in one microsecond leave over counts at the next.
    const std::int64_t half = (steady.us - steady_then_.us) / 2;
    last_.us += half;
    steady_then_.us += 2 * half;
  }
  return last_;
}

void ForwardClock::not_before(Timestamp floor) {
  const std::lock_guard lock(mutex_);
  if (floor <= last_) return;
  last_ = floor;
  steady_then_ = steady_.now();
}

std::int64_t ForwardClock::ahead_us() const {
  return std::max<std::int64_t>(0, now().us - system_.now().us);
}

}  // namespace assent
