#include "consent/policy_cases.h"

#include <sstream>

#include "tests/consent/policies.h"

namespace assent {
namespace {

struct Ran {
  Result<CasesReport> report;
  std::string out;
};

Ran run(const std::string& json) {
  std::istringstream in(json);
  std::ostringstream out;
  Result<CasesReport> report = run_gate_cases(shipped_policies(), in, out);
  return {std::move(report), out.str()};
}

// A permitted e-mail, or what `facts` makes of it.
std::string table(const std::string& facts, const std::string& expected) {
  return R"({"defaults": {"as_of": "2026-11-21", "purpose": "direct_marketing", "channel": "email",
    "basis": "legitimate_interest", "jurisdictions": ["BR"], "recipient": {"role": "internal"},
    "subject": {"country": "BR", "age": 34, "special_category": false, "child_directed": false},
    "message": {"sender_identified": true, "unsubscribe": true}},
    "cases": [{"id": "C-1", "facts": )" +
         facts + R"(, "expected": )" + expected + "}]}";
}

const char* const kPermit = R"({"decision": "permit", "reason": "OK"})";

TEST(PolicyCasesTest, APassedCaseIsCountedAndNotPrinted) {
  const Ran r = run(table("{}", kPermit));
  ASSERT_TRUE(r.report.ok());
  EXPECT_TRUE(r.report->all_passed());
  EXPECT_EQ(r.out, "1 passed, 0 failed\n");
}

TEST(PolicyCasesTest, AFailedCaseTellsWhatWasExpectedAndWhatCame) {
  const Ran r = run(table(R"({"flags": {"erased": true}})", kPermit));
  EXPECT_EQ(r.out, "FAIL C-1: expected permit OK, got deny SUBJECT_ERASED\n0 passed, 1 failed\n");
}

TEST(PolicyCasesTest, TheRightDecisionForAnotherReasonHasFailed) {
  const Ran r = run(
      table(R"({"flags": {"erased": true}})", R"({"decision": "deny", "reason": "OBJECTION_DM"})"));
  EXPECT_EQ(r.report->failed, 1U);
}

TEST(PolicyCasesTest, FactsMergeDeeplyIntoTheDefaults) {
  const Ran r = run(table(R"({"message": {"unsubscribe": false}})",
                          R"({"decision": "deny", "reason": "MSG_NO_UNSUBSCRIBE"})"));
  EXPECT_TRUE(r.report->all_passed()) << r.out;
}

TEST(PolicyCasesTest, NullTakesADefaultAway) {
  const Ran r =
      run(table(R"({"message": null})", R"({"decision": "deny", "reason": "MSG_SENDER_HIDDEN"})"));
  EXPECT_TRUE(r.report->all_passed()) << r.out;
}

TEST(PolicyCasesTest, AFlagNobodyKnowsDeniesAndIsNoted) {
  const Ran r = run(table(R"({"flags": {"objection_of_a_new_kind": true}})",
                          R"({"decision": "deny", "reason": "NO_POLICY"})"));
  EXPECT_EQ(r.out, "note C-1: unknown fact flags.objection_of_a_new_kind\n1 passed, 0 failed\n");
}

TEST(PolicyCasesTest, AnotherUnknownFactIsNoted) {
  const Ran r = run(table(R"({"subject": {"shoe_size": 43}})", kPermit));
  EXPECT_EQ(r.out, "note C-1: unknown fact subject.shoe_size\n1 passed, 0 failed\n");
}

TEST(PolicyCasesTest, FactsOfTheWrongTypeFailTheirCaseOnly) {
  for (const char* wrong :
       {R"({"subject": {"age": "old"}})", R"({"subject": []})", R"({"consents": {}})",
        R"({"consents": [7]})", R"({"as_of": "someday"})", R"({"soft": "yes"})",
        R"({"message": {"local_time": "24:00"}})", R"({"message": {"local_time": "9:5"}})",
        R"({"message": {"local_time": ":::::"}})", R"({"jurisdictions": [1]})"}) {
    const Ran r = run(table(wrong, kPermit));
    EXPECT_EQ(r.out, "FAIL C-1: its facts cannot be read\n0 passed, 1 failed\n") << wrong;
  }
}

TEST(PolicyCasesTest, ControlCharactersOfATableDoNotReachTheTerminal) {
  std::string json = table("{}", R"({"decision": "deny", "reason": "OK"})");
  json.replace(json.find("C-1"), 3, "C-\\u001b[2J");
  EXPECT_EQ(run(json).out.find('\x1b'), std::string::npos);
}

TEST(PolicyCasesTest, MalformedJsonIsAnErrorWithItsPlace) {
  const Ran r = run("{\n  \"cases\": [,]\n}");
  ASSERT_FALSE(r.report.ok());
  EXPECT_EQ(r.report.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(r.report.error().position, (Position{2, 13}));
}

TEST(PolicyCasesTest, AnEmptyInputIsAnErrorAtItsBeginning) {
  EXPECT_EQ(run("").report.error().position, (Position{1, 1}));
}

TEST(PolicyCasesTest, AnotherShapeIsAnError) {
  for (const char* shape :
       {"[]", "{}", R"({"cases": {}})", R"({"cases": []})", R"({"cases": [7]})",
        R"({"cases": [{"facts": {}}]})", R"({"cases": [{"facts": 1, "expected": {}}]})"}) {
    EXPECT_FALSE(run(shape).report.ok()) << shape;
  }
}

TEST(PolicyCasesTest, ATableOverTheLimitIsRefused) {
  EXPECT_EQ(run(std::string(kCasesBytesMax + 1, ' ')).report.error().code, ErrorCode::kTooLarge);
}

TEST(PolicyCasesTest, ADeepTableDoesNotBreakTheReader) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(run(deep).report.ok());
}

}  // namespace
}  // namespace assent
