#include "identity/age.h"

namespace assent {

std::optional<std::uint8_t> age_on(Date birth, Date as_of) {
  if (as_of < birth) return std::nullopt;
  const bool had_birthday =
      as_of.month > birth.month || (as_of.month == birth.month && as_of.day >= birth.day);
  return static_cast<std::uint8_t>(as_of.year - birth.year - (had_birthday ? 0 : 1));
}

std::optional<std::uint8_t> age_band(Date birth, Date as_of) {
  const auto age = age_on(birth, as_of);
  if (!age) return std::nullopt;
  return static_cast<std::uint8_t>(*age / kAgeBandYears * kAgeBandYears);
}

MonthOfYear majority_month(Date birth, std::uint8_t years) {
  const auto year = static_cast<std::int16_t>(birth.year + years);
  const bool leapling = birth.month == 2 && birth.day == 29;
  if (leapling && !make_date(year, 2, 29)) return {year, 3};
  return {year, birth.month};
}

}  // namespace assent
