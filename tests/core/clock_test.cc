#include "core/clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

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

class ForwardClockTest : public testing::Test {
 protected:
  void pass(std::int64_t us) {
    system.advance_us(us);
    steady.advance_us(us);
  }
  static constexpr std::int64_t kTwoHoursUs = 7'200 * kSecondUs;
  FakeClock system, steady;
  ForwardClock clock{system, steady};
};

TEST_F(ForwardClockTest, ItIsTheSystemsTimeAsLongAsThatGoesForward) {
  EXPECT_EQ(clock.now(), system.now());
  pass(1);
  EXPECT_EQ(clock.now(), system.now());
  system.advance_us(kTwoHoursUs);  // A step, or a machine that slept.
  EXPECT_EQ(clock.now(), system.now());
  EXPECT_EQ(clock.ahead_us(), 0);
}

TEST_F(ForwardClockTest, AStepBackSlowsItDownUntilTheSystemsTimeHasCaughtUp) {
  const Timestamp before = clock.now();
  system.advance_us(-kTwoHoursUs);
  EXPECT_EQ(clock.now(), before);
  EXPECT_EQ(clock.ahead_us(), kTwoHoursUs);
  pass(kTwoHoursUs / 2);
  EXPECT_EQ(clock.now().us, before.us + kTwoHoursUs / 4);
  pass(3 * kTwoHoursUs / 2);
  EXPECT_EQ(clock.now(), system.now());
  EXPECT_EQ(clock.ahead_us(), 0);
}

TEST_F(ForwardClockTest, ManyShortLooksLoseNoTime) {
  const Timestamp before = clock.now();
  system.advance_us(-kTwoHoursUs);
  for (int i = 0; i < 1'000; ++i) {
    pass(1);
    EXPECT_GE(clock.now(), before);
  }
  EXPECT_EQ(clock.now().us, before.us + 500);
}

TEST_F(ForwardClockTest, WhatAnEarlierProcessWroteDownIsItsFloor) {
  const Timestamp floor{system.now().us + kTwoHoursUs};
  clock.not_before(floor);
  EXPECT_EQ(clock.now(), floor);
  pass(10);
  EXPECT_EQ(clock.now().us, floor.us + 5);
  clock.not_before(Timestamp{0});
  EXPECT_EQ(clock.now().us, floor.us + 5);
}

}  // namespace
}  // namespace assent
