#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace assent {

// A time zone by its IANA name. Copies share the rules. Thread-safe.
class ZoneRules {
 public:
  // kInvalid: no such zone.
  static Result<ZoneRules> named(const std::string& iana_name);
  // The instant of a wall clock's reading. Of two (the clock went back) the earlier; one that
  // never was (the clock went forward) as if the clock had not yet moved.
  Timestamp instant(Date day, std::int32_t second_of_day) const;

 private:
  struct Rules;
  explicit ZoneRules(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const Rules> rules_;
};

// How a source writes its dates: patterns of yyyy, mm, dd, HH, MM, SS and marks between them, such
// as "dd.mm.yyyy HH:MM:SS". The forms of RFC 3339 and of a workbook's dates are always understood.
// A day that does not exist is never read as another. Thread-safe.
class DateFormats {
 public:
  // kInvalid: a pattern without a whole date in it.
  static Result<DateFormats> of(std::vector<std::string> patterns);

  // The day, whatever the time of day. nullopt: no date of these forms, or no such day.
  std::optional<Date> day(std::string_view text) const;
  // The instant; what has no offset of its own is in `zone`, what has no time is its midnight.
  std::optional<Timestamp> instant(std::string_view text, const ZoneRules& zone) const;

 private:
  explicit DateFormats(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}
  std::vector<std::string> patterns_;
};

// The birth date in `text`; nullopt for the dates that programs write when they do not know one
// (1 January of 1900, 1970 and 2000). kInvalid: no date, no such day, before 1900 or after
// `latest`.
Result<std::optional<Date>> read_birth_date(std::string_view text, const DateFormats& formats,
                                            Date latest);
// The latest day that it is anywhere at `now`: nobody was born after it.
Date latest_day(Timestamp now);

}  // namespace assent
