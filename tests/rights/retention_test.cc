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

TEST(RetentionTest, WhatIsNoYamlOrNotThereIsRefused) {
  EXPECT_EQ(load("kept: [").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(RetentionPolicy::load("/nonexistent/retention.yaml").error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent
