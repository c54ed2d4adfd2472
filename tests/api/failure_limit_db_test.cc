#include "api/failure_limit.h"
#include "tests/api/api_world.h"

namespace assent {
namespace {

constexpr Timestamp kNoon{1'790'000'000'000'000};
Timestamp after(std::int64_t seconds) {
  return {kNoon.us + seconds * kSecondUs};
}

class FailureLimitTest : public testing::Test {
 protected:
  void fail(std::string_view address, std::uint32_t times, Timestamp now = kNoon) {
    for (std::uint32_t i = 0; i < times; ++i) EXPECT_FALSE(limit_.failed(address, now)) << i;
  }
  SystemRandom random_;
  FailureLimit limit_{random_};
};

TEST_F(FailureLimitTest, TwentyFailuresAreHeardTheNextHasToWait) {
  fail("192.0.2.1", 20);
  EXPECT_EQ(limit_.failed("192.0.2.1", kNoon), 60);
  EXPECT_EQ(limit_.failed("192.0.2.1", after(59)), 1);
}

TEST_F(FailureLimitTest, AnotherAddressIsNotHeldBack) {
  fail("192.0.2.1", 20);
  fail("192.0.2.2", 20);
}

TEST_F(FailureLimitTest, AfterAMinuteItBeginsAnew) {
  fail("192.0.2.1", 20);
  fail("192.0.2.1", 20, after(60));
  EXPECT_TRUE(limit_.failed("192.0.2.1", after(60)));
}

TEST_F(FailureLimitTest, AddressesBeyondTheBoundShareOneCount) {
  for (std::size_t i = 0; i < FailureLimit::kAddressesMax; ++i) fail(std::to_string(i), 1);
  for (int i = 0; i < 20; ++i) fail("late " + std::to_string(i), 1);
  EXPECT_TRUE(limit_.failed("one more", kNoon));
  fail("7", 19);  // Who came in time keeps a count of its own.
}

TEST(FailedTokensTest, AreAnswered429AndValidOnesPass) {
  ApiWorld world;
  const auto guess = [&] { return world.call(Method::kGet, "/v1/recipients", "assent_guess"); };
  for (int i = 0; i < 20; ++i) ASSERT_EQ(guess().status, 401);
  const Response refused = guess();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.find("Content-Type"), "application/problem+json");
  EXPECT_GE(std::stoi(std::string(refused.headers.find("Retry-After").value_or("0"))), 1);
  EXPECT_EQ(world.as("officer", Method::kGet, "/v1/recipients").status, 200);
  EXPECT_EQ(world.call(Method::kGet, "/v1/recipients", "").status, 401);
  world.address = "192.0.2.99";
  EXPECT_EQ(guess().status, 401);
}

}  // namespace
}  // namespace assent
