#include "api/lookup_limit.h"

#include <algorithm>

namespace assent {
namespace {

constexpr std::int64_t kMinuteUs = 60 * kSecondUs;
constexpr std::int64_t kHourUs = 60 * kMinuteUs;

std::int64_t seconds_up(std::int64_t us) {
  return std::max<std::int64_t>(1, (us + kSecondUs - 1) / kSecondUs);
}

// A clock that steps back ends the hour, too.
bool is_of_this_hour(Timestamp since, Timestamp now) {
  return now.us >= since.us && now.us - since.us < kHourUs;
}

}  // namespace

bool LookupLimit::is_alarmed(const Count& count, const LookupShare& share, Timestamp now) {
  return count.misses >= share.misses_an_hour && is_of_this_hour(count.first_miss, now);
}

std::optional<std::int64_t> LookupLimit::admit(const Uuid& token, const LookupShare& share,
                                               Timestamp now) {
  const std::int64_t price = kMinuteUs / share.a_minute;
  const std::lock_guard lock(mutex_);
  Count& count = counts_[token];
  const std::int64_t passed = std::max<std::int64_t>(0, now.us - count.spent_at.us);
  count.spent_us = std::max<std::int64_t>(0, count.spent_us - passed);
  count.spent_at = now;
  std::optional<std::int64_t> wait;
  if (is_alarmed(count, share, now)) {
    wait = seconds_up(count.first_miss.us + kHourUs - now.us);
  } else if (count.spent_us + price > kMinuteUs) {
    wait = seconds_up(count.spent_us + price - kMinuteUs);
  } else {
    count.spent_us += price;
  }
  if (wait) ++refused_;
  return wait;
}

std::optional<std::uint32_t> LookupLimit::missed(const Uuid& token, const LookupShare& share,
                                                 Timestamp now) {
  const std::lock_guard lock(mutex_);
  Count& count = counts_[token];
  if (!is_of_this_hour(count.first_miss, now)) {
    count.misses = 0;
    count.first_miss = now;
  }
  if (++count.misses != share.misses_an_hour) return std::nullopt;
  ++alarms_;
  return count.misses;
}

}  // namespace assent
