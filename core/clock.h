#pragma once

#include <compare>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace assent {

// An instant: microseconds since 1970-01-01T00:00:00Z. All times inside are UTC.
struct Timestamp {
  std::int64_t us = 0;
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

inline constexpr std::int64_t kSecondUs = 1'000'000;
inline constexpr std::int64_t kDayUs = 86'400 * kSecondUs;

// "2026-11-21T10:00:03.000001Z"; microseconds only when they are not zero.
std::string to_rfc3339(Timestamp at);
// Accepts a fraction of up to 6 digits and Z or ±hh:mm. A date alone is midnight UTC.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// A calendar day without a zone. Always a day that exists: make one with make_date or parse_date.
struct Date {
  std::int16_t year = 1970;
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  friend auto operator<=>(const Date&, const Date&) = default;
};

std::optional<Date> make_date(int year, int month, int day);  // 31 February is nullopt.
std::optional<Date> parse_date(std::string_view iso);         // "2026-11-21"
std::string to_iso(Date date);
std::int32_t days_since_epoch(Date date);
Date date_from_days(std::int32_t days);
Date utc_date(Timestamp at);
Timestamp midnight_utc(Date date);

// Where the time comes from. Injected, so that every deadline can be tested on any day.
// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

// What passed since some fixed moment, whatever the system's time is set to.
class SteadyClock final : public Clock {
 public:
  Timestamp now() const override;
};

// The system's time, but never backwards: the order of a log, of ids and of what a person said
// depends on it. When the system's time is set back, this clock goes on at half speed until that
// has caught up. A step forward is believed: it cannot be told from a machine that slept.
class ForwardClock final : public Clock {
 public:
  // Both must outlive the clock.
  ForwardClock(const Clock& system, const Clock& steady) : system_(system), steady_(steady) {}

  Timestamp now() const override;
  // From now on never before `floor`: what an earlier process has written down.
  void not_before(Timestamp floor);
  // How far it is ahead of the system's time; 0 when it is not.
  std::int64_t ahead_us() const;

 private:
  const Clock& system_;
  const Clock& steady_;
  mutable std::mutex mutex_;
  mutable Timestamp last_;
  mutable Timestamp steady_then_;  // When `last_` was told.
};

}  // namespace assent
