#pragma once

#include <cstdint>
#include <optional>

#include "core/clock.h"

namespace assent {

// What may be kept in the clear of a birth date.

inline constexpr std::uint8_t kAgeBandYears = 5;
inline constexpr std::uint8_t kMajorityYears = 18;

struct MonthOfYear {
  std::int16_t year;
  std::uint8_t month;
  friend auto operator<=>(const MonthOfYear&, const MonthOfYear&) = default;
};

// Full years on `as_of`; who is born on 29 February grows older on 1 March of other years.
// nullopt when the birth lies after it.
std::optional<std::uint8_t> age_on(Date birth, Date as_of);
// The first year of the five-year band: 35 for ages 35 to 39.
std::optional<std::uint8_t> age_band(Date birth, Date as_of);
// The month in which the person comes of age.
MonthOfYear majority_month(Date birth, std::uint8_t years = kMajorityYears);

}  // namespace assent
