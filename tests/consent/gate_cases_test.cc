#include <fstream>
#include <sstream>

#include "consent/policy_cases.h"
#include "tests/consent/policies.h"

namespace assent {
namespace {

void expect_all_pass(const char* name, std::size_t at_least) {
  std::ifstream table(source_dir() / "tests" / "golden" / "policy" / name);
  std::ostringstream out;
  const Result<CasesReport> report = run_gate_cases(shipped_policies(), table, out);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->failed, 0U) << out.str();
  EXPECT_GE(report->passed, at_least);
  EXPECT_EQ(out.str().find("note "), std::string::npos) << out.str();
}

TEST(GateCasesTest, EverySampleOfTheGateDecidesAsExpected) {
  expect_all_pass("gate_cases.json", 69);
}

TEST(GateCasesTest, EveryReadingOfOursDecidesAsWritten) {
  expect_all_pass("own_cases.json", 215);
}

}  // namespace
}  // namespace assent
