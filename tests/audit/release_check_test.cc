#include "audit/release_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "tests/audit/sample_papers.h"

namespace assent {
namespace {

constexpr const char* kReleaseKey = "cdp.example/acme/log1/release";

const SamplePapers& papers() {
  static const SamplePapers made;
  return made;
}

ReleaseReport check(const std::string& evidence, const std::string* file = nullptr,
                    const std::string* bundle = nullptr) {
  const LogPolicy policy = *LogPolicy::parse(papers().policy);
  std::istringstream in(evidence);
  std::istringstream delivered(file != nullptr ? *file : "");
  std::istringstream log(bundle != nullptr ? *bundle : "");
  return verify_release(
      in, &policy, {file != nullptr ? &delivered : nullptr, bundle != nullptr ? &log : nullptr});
}

std::string reasons(const ReleaseReport& report) {
  std::string all;
  for (const Finding& finding : report.report.findings) all.append(finding.what.view()) += '\n';
  return all;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

// The evidence with a manifest changed and signed again by the right key: a lie of the operator.
std::string signed_again(const std::string& manifest, const std::string& from,
                         const std::string& to) {
  const std::string text = manifest.substr(0, manifest.find("\n\n") + 1);
  return with(papers().evidence, manifest,
              sign_note(with(text, from, to), kReleaseKey, papers().release_key));
}

TEST(ReleaseCheckTest, TheGoldenReleaseIsVerified) {
  EXPECT_EQ(read_verify_golden("release.evidence"), papers().evidence);
  EXPECT_EQ(read_verify_golden("policy.txt"), papers().policy);
  const std::string file = read_verify_golden("delivered.csv");
  const std::string bundle = read_verify_golden("log.bundle");
  const ReleaseReport report = check(papers().evidence, &file, &bundle);
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << reasons(report);
  EXPECT_TRUE(report.is_file_checked && report.is_log_checked);
  EXPECT_EQ(report.matched, 9U);
  EXPECT_EQ(report.permitted, 3U);
  EXPECT_EQ(report.delivered, 2U);
}

TEST(ReleaseCheckTest, EveryChangedByteOfTheEvidenceIsFound) {
  for (std::size_t at = 0; at < papers().evidence.size(); ++at) {
    for (const int bit : {0x01, 0x20}) {
      std::string changed = papers().evidence;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      const ReleaseReport report = check(changed);
      EXPECT_NE(report.report.verdict, LogVerdict::kVerified) << "byte " << at;
      EXPECT_FALSE(report.report.findings.empty());
    }
  }
}

TEST(ReleaseCheckTest, EveryChangedByteOfTheFileIsFound) {
  for (std::size_t at = 0; at < papers().delivered.size(); ++at) {
    std::string changed = papers().delivered;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_EQ(check(papers().evidence, &changed).report.verdict, LogVerdict::kTampered);
  }
}

TEST(ReleaseCheckTest, WhatDoesNotHoldIsNamed) {
  const SamplePapers& p = papers();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {with(p.evidence, R"("matched":9)", R"("matched":8)"),
       "the signature of the opening manifest does not hold"},
      {with(p.evidence, R"("delivered":2)", R"("delivered":3)"),
       "the signature of the closing manifest does not hold"},
      {signed_again(p.opening, R"("matched":9)", R"("matched":8)"),
       "the funnel does not sum: matched is not permitted and denied"},
      {signed_again(p.opening, R"("matched":9)", R"("matched":8)"),
       "the closing manifest was made for another opening manifest"},
      {signed_again(p.closing, R"("delivered":2)", R"("delivered":1)"),
       "the closing manifest counts other members"},
      {signed_again(p.closing, R"("delivered":2)", R"("delivered":1)"),
       "the funnel does not sum: permitted is not delivered and left out"},
      {signed_again(p.closing, "mailhouse", "elsewhere"),
       "the closing manifest has another purpose, channel, recipient or fields"},
      {signed_again(p.closing, "52525252-5252", "52525252-5253"),
       "the closing manifest is of another release"},
      {signed_again(p.closing, "2026-02-02T02:42", "2026-02-02T02:40"),
       "delivered before it was opened"},
      {with(p.evidence, "salt 5a", "salt 5b"), "the closing manifest commits to other reasons"},
      {with(p.evidence, "reason 1 100 4", "reason 1 100 5"),
       "the reasons of the opening are not those of its manifest"},
      {with(p.evidence, " left-out", " delivered"),
       "the closing manifest commits to other members"},
      {with(p.evidence, "member 01010101", "member 01010102"),
       "the opening manifest commits to other members"},
  };
  for (const auto& [changed, reason] : cases) {
    const ReleaseReport report = check(changed);
    EXPECT_EQ(report.report.verdict, LogVerdict::kTampered) << reason;
    EXPECT_THAT(reasons(report), testing::HasSubstr(reason));
  }
}

TEST(ReleaseCheckTest, ARowOfSomebodyWhoWasNotPermittedIsFoundEvenWhenTheOperatorSignedIt) {
  std::string file = papers().delivered;
  file += "42424242-4242-4242-4242-424242424242,more@example.com,Olga\r\n";
  std::string evidence =
      signed_again(papers().closing, "\"bytes\":" + std::to_string(papers().delivered.size()),
                   "\"bytes\":" + std::to_string(file.size()));
  const ReleaseReport size_only = check(evidence, &file);
  EXPECT_THAT(reasons(size_only),
              testing::HasSubstr("the rows of the file are not the delivered members"));
}

TEST(ReleaseCheckTest, AnotherFileIsToldByItsSizeAndHash) {
  const std::string file = papers().delivered + "x";
  const ReleaseReport report = check(papers().evidence, &file);
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_THAT(reasons(report), testing::HasSubstr("another size than was delivered"));
  EXPECT_THAT(reasons(report), testing::HasSubstr("not the one that was delivered"));
}

TEST(ReleaseCheckTest, AnOpenReleaseHasNoFile) {
  // Without the closing manifest the members are permitted and no more.
  std::string open = papers().evidence;
  open.erase(open.find("closing "), open.find("member ") - open.find("closing "));
  for (const char* word : {" delivered\n", " left-out\n", " delivered\n"}) {
    open = with(open, word, " permitted\n");
  }
  const ReleaseReport report = check(open);
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << reasons(report);
  EXPECT_EQ(report.delivered, std::nullopt);
  EXPECT_EQ(check(open, &papers().delivered).report.verdict, LogVerdict::kCannotTell);
  EXPECT_THAT(reasons(check(open, nullptr, &papers().bundle)),
              testing::HasSubstr("the log says that this release was delivered"));
}

TEST(ReleaseCheckTest, AnotherManifestInTheLogIsFound) {
  SampleLog log = papers().log;
  Leaf opened = *decode(log.leaves[6]);
  ASSERT_EQ(opened.event, AuditEvent::kReleaseOpened);
  opened.record_hash[0] ^= 1;
  log.leaves[6] = encode(opened);
  const std::string other = log.bundle();
  EXPECT_THAT(reasons(check(papers().evidence, nullptr, &other)),
              testing::HasSubstr("the log opened this release with another manifest"));
}

TEST(ReleaseCheckTest, TheLogsKeyDoesNotSignReleases) {
  const LogPolicy only_log = papers().log.policy();
  std::istringstream in(papers().evidence);
  const ReleaseReport report = verify_release(in, &only_log);
  EXPECT_EQ(report.report.verdict, LogVerdict::kCannotTell);
  EXPECT_THAT(reasons(report), testing::HasSubstr("not signed by a key of the policy"));
  std::istringstream again(papers().evidence);
  EXPECT_EQ(verify_release(again, nullptr).report.verdict, LogVerdict::kCannotTell);
}

}  // namespace
}  // namespace assent
