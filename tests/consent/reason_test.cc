#include <algorithm>
#include <fstream>
#include <set>

#include "core/nlohmann.h"
#include "tests/consent/policies.h"

namespace assent {
namespace {

nlohmann::json golden_table(const char* name) {
  std::ifstream in(source_dir() / "tests" / "golden" / "policy" / name);
  return nlohmann::json::parse(in);
}

std::vector<std::string> published_precedence() {
  return golden_table("gate_cases.json")["meta"]["precedence"].get<std::vector<std::string>>();
}

TEST(ReasonTest, ThePrecedenceIsThePublishedOne) {
  std::vector<std::string> ours;
  for (Reason reason : all_reasons()) ours.emplace_back(reason_name(reason).view());
  std::vector<std::string> expected = published_precedence();
  expected.insert(expected.begin(), "OK");
  expected.push_back("NO_CONTACT_POINT");
  EXPECT_EQ(ours, expected);
  EXPECT_TRUE(std::ranges::is_sorted(all_reasons()));
}

TEST(ReasonTest, NamesAndNumbersLeadBack) {
  for (Reason reason : all_reasons()) {
    EXPECT_EQ(parse_reason(reason_name(reason).view()), reason);
    EXPECT_EQ(reason_from_number(static_cast<std::int16_t>(reason)), reason);
  }
}

TEST(ReasonTest, UnknownNamesAndNumbersAreNone) {
  EXPECT_EQ(parse_reason("NO_REASON"), std::nullopt);
  EXPECT_EQ(parse_reason(""), std::nullopt);
  EXPECT_EQ(reason_from_number(5), std::nullopt);
  EXPECT_EQ(reason_from_number(-10), std::nullopt);
}

// They stand in the database and in the log for years.
TEST(ReasonTest, StoredNumbersNeverChange) {
  EXPECT_EQ(static_cast<int>(Reason::kOk), 0);
  EXPECT_EQ(static_cast<int>(Reason::kNoPolicy), 10);
  EXPECT_EQ(static_cast<int>(Reason::kSuppressed), 100);
  EXPECT_EQ(static_cast<int>(Reason::kConsentWithdrawn), 250);
  EXPECT_EQ(static_cast<int>(Reason::kQuietHours), 470);
  EXPECT_EQ(static_cast<int>(Reason::kNoContactPoint), 480);
}

TEST(ReasonTest, EachPublishedReasonIsTheAnswerToSomeCase) {
  std::set<std::string> answered;
  for (const char* name : {"gate_cases.json", "own_cases.json"}) {
    const nlohmann::json table = golden_table(name);
    for (const auto& row : table["cases"]) {
      answered.insert(row["expected"]["reason"].get<std::string>());
    }
  }
  for (const std::string& reason : published_precedence()) {
    EXPECT_TRUE(answered.contains(reason)) << reason;
  }
}

}  // namespace
}  // namespace assent
