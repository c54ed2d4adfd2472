#include "identity/date_text.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <array>
#include <stdexcept>

#include "identity/normalise.h"

namespace assent {
namespace {

struct WallClock {
  Date day;
  std::int32_t second = 0;
};

std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

// The parts of a date in the order of their letters in kLetters.
constexpr std::string_view kLetters = "ymdHMS";

std::size_t run_length(std::string_view pattern) {
  const auto end = pattern.find_first_not_of(pattern[0]);
  return end == std::string_view::npos ? pattern.size() : end;
}

std::optional<WallClock> read(std::string_view text, std::string_view pattern) {
  std::array<int, 6> parts{0, 0, 0, 0, 0, 0};
  while (!pattern.empty()) {
    const auto letter = kLetters.find(pattern[0]);
    if (letter == std::string_view::npos) {
      if (text.empty() || text[0] != pattern[0]) return std::nullopt;
      text.remove_prefix(1);
      pattern.remove_prefix(1);
      continue;
    }
    const std::size_t length = run_length(pattern);
    const auto value = take_digits(text, length);
    if (!value) return std::nullopt;
    parts.at(letter) = *value;
    pattern.remove_prefix(length);
  }
  const auto day = make_date(parts[0], parts[1], parts[2]);
  if (!text.empty() || !day || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return std::nullopt;
  return WallClock{*day, (parts[3] * 60 + parts[4]) * 60 + parts[5]};
}

bool is_whole(std::string_view pattern) {
  return pattern.find("yyyy") != std::string_view::npos &&
         pattern.find("mm") != std::string_view::npos &&
         pattern.find("dd") != std::string_view::npos;
}

std::optional<WallClock> read_any(std::string_view text, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (const auto found = read(text, pattern)) return found;
  }
  return std::nullopt;
}

}  // namespace

struct ZoneRules::Rules {
  std::unique_ptr<icu::BasicTimeZone> zone;
};

Result<ZoneRules> ZoneRules::named(const std::string& iana_name) {
  std::unique_ptr<icu::TimeZone> zone(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(iana_name)));
  auto* basic = dynamic_cast<icu::BasicTimeZone*>(zone.get());
  if (basic == nullptr || *zone == icu::TimeZone::getUnknown()) {
    return Error{ErrorCode::kInvalid, "the time zone is not known"};
  }
  zone.release();
  return ZoneRules(
      std::make_shared<const Rules>(Rules{std::unique_ptr<icu::BasicTimeZone>(basic)}));
}

Timestamp ZoneRules::instant(Date day, std::int32_t second_of_day) const {
  constexpr double kUsOfMilli = 1000;
  const std::int64_t wall_us = midnight_utc(day).us + second_of_day * kSecondUs;
  UErrorCode code = U_ZERO_ERROR;
  std::int32_t raw = 0;
  std::int32_t daylight = 0;
  rules_->zone->getOffsetFromLocal(static_cast<double>(wall_us) / kUsOfMilli, UCAL_TZ_LOCAL_FORMER,
                                   UCAL_TZ_LOCAL_FORMER, raw, daylight, code);
  if (U_FAILURE(code)) throw std::runtime_error("ICU cannot tell an offset");
  return Timestamp{wall_us - (static_cast<std::int64_t>(raw) + daylight) * 1000};
}

Result<DateFormats> DateFormats::of(std::vector<std::string> patterns) {
  for (const std::string& pattern : patterns) {
    if (!is_whole(pattern)) return Error{ErrorCode::kInvalid, "a date format names no whole date"};
  }
  patterns.insert(patterns.end(), {"yyyy-mm-dd", "yyyy-mm-dd HH:MM:SS", "yyyy-mm-ddTHH:MM:SS"});
  return DateFormats(std::move(patterns));
}

std::optional<Date> DateFormats::day(std::string_view text) const {
  text = trim(text);
  if (const auto wall = read_any(text, patterns_)) return wall->day;
  if (!parse_rfc3339(text)) return std::nullopt;
  return parse_date(text.substr(0, 10));
}

std::optional<Timestamp> DateFormats::instant(std::string_view text, const ZoneRules& zone) const {
  text = trim(text);
  if (const auto wall = read_any(text, patterns_)) return zone.instant(wall->day, wall->second);
  return parse_rfc3339(text);
}

Date latest_day(Timestamp now) {
  constexpr std::int64_t kEasternmostUs = 14 * 3600 * kSecondUs;  // UTC+14.
  return utc_date({now.us + kEasternmostUs});
}

Result<std::optional<Date>> read_birth_date(std::string_view text, const DateFormats& formats,
                                            Date latest) {
  constexpr std::int16_t kEarliestYear = 1900;
  const auto day = formats.day(text);
  if (!day) return Error{ErrorCode::kInvalid, "the birth date is not a day that exists"};
  if (day->year < kEarliestYear) return Error{ErrorCode::kInvalid, "the birth date is before 1900"};
  if (*day > latest) return Error{ErrorCode::kInvalid, "the birth date is in the future"};
  const bool filler = day->month == 1 && day->day == 1 &&
                      (day->year == 1900 || day->year == 1970 || day->year == 2000);
  return filler ? std::optional<Date>() : day;
}

}  // namespace assent
