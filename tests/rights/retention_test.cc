#include "rights/retention.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace assent {
namespace {

const std::filesystem::path kShipped =
    std::filesystem::path(ASSENT_SOURCE_DIR) / "policies" / "retention.yaml";

std::string shipped() {
  std::ifstream file(kShipped);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<RetentionPolicy> load(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("retention-" + std::to_string(::getpid()) + ".yaml");
  std::ofstream(path) << text;
  auto policy = RetentionPolicy::load(path);
  std::filesystem::remove(path);
  return policy;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("the shipped policy has changed");
  return text.replace(at, from.size(), to);
}

TEST(RetentionTest, TheShippedPolicyKeepsEvidenceAndCertificatesForThreeYears) {
  const auto policy = RetentionPolicy::load(kShipped);
  ASSERT_TRUE(policy.ok()) << policy.error().reason.view();
  EXPECT_FALSE(policy->destroys_evidence());
  EXPECT_EQ(policy->certificate_days(), 1095);
}

TEST(RetentionTest, EvidenceGoesAtOnceWhenThePolicyGivesItNoDays) {
  const auto policy =
      load(with(shipped(),
                "from: consent_ended        # Withdrawn, expired or the person erased, "
                "whichever is last.\n    days: 1095",
                "from: consent_ended\n    days: 0"));
  ASSERT_TRUE(policy.ok()) << policy.error().reason.view();
  EXPECT_TRUE(policy->destroys_evidence());
}

TEST(RetentionTest, AWordThatIsNotKnownIsRefusedWithItsLine) {
  const auto policy = load(with(shipped(), "end: destroy_key", "end: destroy_kee"));
  ASSERT_FALSE(policy.ok());
  EXPECT_EQ(policy.error().code, ErrorCode::kInvalid);
  EXPECT_GT(policy.error().position->line, 1U);
}

TEST(RetentionTest, AMissingTermIsRefused) {
  EXPECT_FALSE(load(with(shipped(), "what: certificate", "what: certificates")).ok());
}

TEST(RetentionTest, KeepingPurchasesOfTheErasedIsRefused) {
  EXPECT_FALSE(load(with(shipped(), "days: 0\n    end: delete", "days: 0\n    end: keep")).ok());
}

TEST(RetentionTest, TheLogIsKeptAsLongAsWhatItProves) {
  const auto policy = RetentionPolicy::load(kShipped);
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(policy->log().terms, (RetentionTerms{2192, 90}));
  EXPECT_NE(policy->log().policy, Hash32{});
  const auto log = [](const std::string& days, const std::string& notice) {
    return load(with(with(shipped(), "days: 2192", "days: " + days), "notice_days: 90",
                     "notice_days: " + notice));
  };
  EXPECT_TRUE(log("1826", "30").ok());  // The longest of the terms is 1826 days.
  EXPECT_FALSE(log("1825", "30").ok());
  EXPECT_FALSE(log("2192", "29").ok());
  EXPECT_FALSE(log("40000", "90").ok());
  EXPECT_FALSE(log("-1", "90").ok());
  EXPECT_FALSE(log("for ever", "90").ok());
}

TEST(RetentionTest, WithoutATermOfTheLogOrByAWordThatIsNotKnownItIsRefused) {
  EXPECT_FALSE(load(with(shipped(), "\nlog:\n", "\nlogs:\n")).ok());
  EXPECT_FALSE(load(with(shipped(), "  notice_days: 90\n", "")).ok());
  const auto policy =
      load(with(shipped(), "  notice_days: 90\n", "  notice_days: 90\n  years: 6\n"));
  ASSERT_FALSE(policy.ok());
  EXPECT_GT(policy.error().position->line, 1U);
}

TEST(RetentionTest, WhatIsNoYamlOrNotThereIsRefused) {
  EXPECT_EQ(load("kept: [").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(RetentionPolicy::load("/nonexistent/retention.yaml").error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent
