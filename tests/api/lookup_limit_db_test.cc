#include <gtest/gtest.h>

#include "api/lookup_limit.h"
#include "audit/sequencer.h"
#include "tests/api/api_world.h"

namespace assent {
namespace {

constexpr Timestamp kNoon{1'795'000'000'000'000};
constexpr LookupShare kShare{60, 5};

Timestamp after(std::int64_t seconds) {
  return {kNoon.us + seconds * kSecondUs};
}

class LookupLimitTest : public testing::Test {
 protected:
  void admit(const Uuid& token, int times, Timestamp at = kNoon) {
    for (int i = 0; i < times; ++i) EXPECT_FALSE(limit_.admit(token, kShare, at)) << i;
  }
  std::optional<std::uint32_t> miss(int times, Timestamp at = kNoon) {
    std::optional<std::uint32_t> last;
    for (int i = 0; i < times; ++i) last = limit_.missed(one_, kShare, at);
    return last;
  }
  SystemRandom random_;
  LookupLimit limit_;
  const Uuid one_ = Uuid::v4(random_);
  const Uuid other_ = Uuid::v4(random_);
};

TEST_F(LookupLimitTest, AShareIsSpentAndComesBackBitByBit) {
  admit(one_, 60);
  EXPECT_EQ(limit_.admit(one_, kShare, kNoon), 1);
  admit(one_, 1, after(1));
  EXPECT_EQ(limit_.admit(one_, kShare, after(1)), 1);
  admit(one_, 60, after(61));
  EXPECT_EQ(limit_.refused(), 2U);
}

TEST_F(LookupLimitTest, AnotherTokenHasAShareOfItsOwn) {
  admit(one_, 60);
  admit(other_, 60);
}

TEST_F(LookupLimitTest, MissesRaiseTheAlarmOnceAndEndTheLookupsOfThatHour) {
  EXPECT_EQ(miss(4), std::nullopt);
  admit(one_, 1);
  EXPECT_EQ(miss(1), 5U);
  EXPECT_EQ(miss(3), std::nullopt);
  EXPECT_EQ(limit_.alarms(), 1U);
  EXPECT_EQ(limit_.admit(one_, kShare, after(600)), 3000);
  admit(other_, 1);
  admit(one_, 1, after(3600));
  EXPECT_EQ(miss(5, after(3600)), 5U);
}

TEST_F(LookupLimitTest, MissesOfAnotherHourAreNotAddedUp) {
  miss(4);
  EXPECT_EQ(miss(4, after(3600)), std::nullopt);
  EXPECT_EQ(miss(1, after(3601)), 5U);
}

TEST_F(LookupLimitTest, AClockThatStepsBackHoldsNobodyForEver) {
  miss(5);
  admit(one_, 60, after(-86400));
  EXPECT_EQ(limit_.admit(one_, kShare, after(-86400)), 1);
}

std::string search(const std::string& value) {
  return R"({"identifier": {"kind": "email", "value": ")" + value + "\"}}";
}

class LookupRoutesTest : public testing::Test {
 protected:
  Response find(const std::string& role, const std::string& value) {
    return world_.as(role, Method::kPost, "/v1/searches", search(value));
  }
  std::vector<Leaf> alarms() {
    EXPECT_TRUE(world_.services().number_log(world_.tenant()).ok());
    std::vector<Leaf> found;
    Tx tx(world_.services().sequencing, world_.tenant());
    const Rows rows = tx.query("SELECT leaf FROM audit_leaf WHERE tenant = $1", {world_.tenant()});
    for (const auto& row : rows) {
      const auto leaf = decode(row.view(0));
      if (leaf.ok() && leaf->event == AuditEvent::kLookupAlarm) found.push_back(*leaf);
    }
    return found;
  }
  ApiWorld world_;
};

TEST_F(LookupRoutesTest, WhoTriesManyAddressesIsHeldBackAndStandsInTheLog) {
  const auto share = world_.services().roles.lookups("officer");
  for (std::uint32_t i = 0; i < share.misses_an_hour; ++i) {
    ASSERT_EQ(find("officer", "guess" + std::to_string(i) + "@example.com").status, 200);
  }
  const Response refused = find("officer", "one.more@example.com");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.find("Content-Type"), "application/problem+json");
  EXPECT_EQ(refused.body.find("example.com"), std::string::npos);
  EXPECT_GT(std::stoi(std::string(refused.headers.find("Retry-After").value_or("0"))), 3000);
  const auto entered = alarms();
  ASSERT_EQ(entered.size(), 1U);
  EXPECT_EQ(entered[0].result_count, share.misses_an_hour);
  EXPECT_EQ(entered[0].actor_kind, ActorKind::kToken);
  const Response metrics = world_.as("administrator", Method::kGet, "/metrics");
  EXPECT_NE(metrics.body.find("assent_lookup_alarms_total{reason=\"misses\"} 1"),
            std::string::npos);
  // The same address by the other door; and what a person asks for is never held back.
  EXPECT_EQ(world_
                .as("officer", Method::kPost, "/v1/decisions",
                    R"({"identifier": {"kind": "email", "value": "a@example.com"},)"
                    R"("purpose": "direct_marketing", "channel": "email"})")
                .status,
            429);
  EXPECT_EQ(world_
                .as("officer", Method::kPost, "/v1/requests",
                    R"({"type": "erasure", "identifier": {"kind": "email",)"
                    R"("value": "nobody@example.com"}})")
                .status,
            404);
}

TEST_F(LookupRoutesTest, ADecisionOnAProfileIsNoLookup) {
  const auto ask = [&] {
    return world_.as("marketer", Method::kPost, "/v1/decisions",
                     R"({"profile": "019ab000-0000-7000-8000-000000000001",)"
                     R"("purpose": "direct_marketing", "channel": "email"})");
  };
  const auto share = world_.services().roles.lookups("marketer");
  for (std::uint32_t i = 0; i < share.a_minute + 5; ++i) ASSERT_EQ(ask().status, 404);
}

}  // namespace
}  // namespace assent
