#include "core/clock.h"

#include <gtest/gtest.h>

namespace assent {
namespace {

TEST(ClockTest, ADayThatDoesNotExistIsRefused) {
  EXPECT_FALSE(parse_date("2026-02-31"));
  EXPECT_FALSE(make_date(2023, 2, 29));
  EXPECT_TRUE(make_date(2024, 2, 29));
}

TEST(ClockTest, Rfc3339RoundTripsWithMicroseconds) {
  const auto at = parse_rfc3339("2026-11-21T13:00:03.000001+03:00");
  ASSERT_TRUE(at);
  EXPECT_EQ(to_rfc3339(*at), "2026-11-21T10:00:03.000001Z");
  EXPECT_EQ(utc_date(*at), (Date{2026, 11, 21}));
}

TEST(ClockTest, InstantsBeforeTheEpochFallOnTheRightDay) {
  EXPECT_EQ(to_iso(utc_date(Timestamp{-1})), "1969-12-31");
  EXPECT_EQ(to_rfc3339(Timestamp{-kSecondUs}), "1969-12-31T23:59:59Z");
}

TEST(ClockTest, TrailingTextIsNotAnInstant) {
  EXPECT_FALSE(parse_rfc3339("2026-11-21T10:00:03Zjunk"));
  EXPECT_FALSE(parse_rfc3339("2026-11-21T25:00:03Z"));
  EXPECT_FALSE(parse_rfc3339("2026-11-21T10:00:03.1234567Z"));
}

}  // namespace
}  // namespace assent
