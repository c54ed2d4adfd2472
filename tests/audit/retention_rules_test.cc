#include "audit/retention_rules.h"

#include <gtest/gtest.h>

#include "tests/audit/sample_log.h"

namespace assent {
namespace {

constexpr RetentionTerms kTerms{100, 30};
constexpr std::uint64_t kAnnouncedAt = 600;
constexpr std::int64_t kDay = kDayUs;

Timestamp day(std::int64_t days) {
  return {SampleLog::kStartUs + days * kDay};
}

// 600 acts of the first day, entry 600 announces, entry 601 prunes 200 days later.
struct PrunedSample {
  Leaf announcement() const {
    Leaf leaf = log.act(7, 300, day(1).us);
    leaf.event = AuditEvent::kLogRetentionAnnounced;
    leaf.ext = terms;
    return leaf;
  }
  Leaf prune() const {
    Leaf leaf = log.act(7, 301, at.us);
    leaf.event = AuditEvent::kLogPruned;
    leaf.ext = range;
    return leaf;
  }
  SampleLog made() const {
    SampleLog whole = log;
    whole.add(announcement());
    whole.add(prune());
    return whole;
  }
  BundleReport judged(std::uint64_t first) const {
    const SampleLog whole = made();
    return verify(whole, whole.bundle(first, whole.size(), whole.size()));
  }

  SampleLog log = SampleLog(600);
  RetentionTerms terms = kTerms;
  Timestamp at = day(200);
  PrunedRange range{512, 601, kAnnouncedAt, day(99)};
};

void expect_breach(const PrunedSample& sample, std::string_view what, std::uint64_t first = 0) {
  const BundleReport report = sample.judged(first);
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  ASSERT_FALSE(report.report.findings.empty());
  EXPECT_EQ(report.report.findings[0].what.view(), what);
  EXPECT_EQ(report.report.findings[0].entry, 601U);
}

TEST(RetentionRulesTest, ALogThatWasPrunedAsItHadAnnouncedVerifiesFromEachPlace) {
  PrunedSample sample;
  sample.range.newest = day(1);
  for (const std::uint64_t first : {0, 1, 255, 256, 511, 512, 513, 600}) {
    const BundleReport report = sample.judged(first);
    EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << first;
    ASSERT_TRUE(report.pruned) << first;
    EXPECT_EQ(report.pruned->range, sample.range);
    EXPECT_EQ(report.pruned->entry, 601U);
  }
}

TEST(RetentionRulesTest, ByTheTermToTheMicrosecond) {
  PrunedSample sample;
  sample.range.newest = {sample.at.us - 100 * kDay};
  EXPECT_EQ(sample.judged(512).report.verdict, LogVerdict::kVerified);
  sample.range.newest.us += 1;
  expect_breach(sample, "the log was pruned of entries that are younger than it had announced",
                512);
}

TEST(RetentionRulesTest, TheNoticeIsWaitedForToTheMicrosecond) {
  PrunedSample sample;
  sample.terms.days = 10;
  sample.at = day(31);
  sample.range.newest = day(1);
  EXPECT_EQ(sample.judged(0).report.verdict, LogVerdict::kVerified);
  sample.at.us -= 1;
  expect_breach(sample, "the log was pruned before its terms had been announced for long enough");
}

TEST(RetentionRulesTest, ALongerTermThatWasAnnouncedLaterBindsAtOnce) {
  PrunedSample sample;
  sample.range = {512, 601, kAnnouncedAt, day(1)};
  SampleLog log = sample.log;
  log.add(sample.announcement());
  Leaf longer = sample.announcement();
  longer.writer_seq = 301;
  longer.time = day(190);
  longer.ext = RetentionTerms{365, 30};
  log.add(longer);
  Leaf prune = sample.prune();
  prune.writer_seq = 302;
  log.add(prune);
  EXPECT_EQ(verify(log, log.bundle()).report.findings.at(0).entry, 602U);
  // A shorter one does not bind before its notice is over, whoever names it.
  Leaf shorter = longer;
  shorter.ext = RetentionTerms{10, 30};
  log.leaves[601] = encode(shorter);
  prune.ext = PrunedRange{512, 602, 601, day(1)};
  log.leaves[602] = encode(prune);
  EXPECT_EQ(verify(log, log.bundle()).report.findings.at(0).what.view(),
            "the log was pruned before its terms had been announced for long enough");
}

TEST(RetentionRulesTest, NumbersThatDoNotFitAreNamed) {
  constexpr std::string_view kWhat = "the log was pruned by numbers that do not fit";
  for (const PrunedRange& range :
       {PrunedRange{500, 601, 600, day(1)}, PrunedRange{0, 601, 600, day(1)},
        PrunedRange{512, 602, 600, day(1)}, PrunedRange{768, 601, 600, day(1)},
        PrunedRange{512, 600, 600, day(1)}}) {
    PrunedSample sample;
    sample.range = range;
    expect_breach(sample, kWhat);
  }
}

TEST(RetentionRulesTest, AnEntryThatAnnouncesNothingIsNoGround) {
  PrunedSample sample;
  sample.range = {512, 601, 599, day(1)};
  expect_breach(sample, kTermsNotKnown.view());
}

TEST(RetentionRulesTest, OfAnAnnouncementBeforeTheRangeNothingCanBeTold) {
  const PrunedSample sample;
  EXPECT_EQ(sample.judged(601).report.verdict, LogVerdict::kVerified);
}

TEST(RetentionRulesTest, EntriesThatTheRangeStillHoldsShowWhetherTheirAgeIsTold) {
  PrunedSample sample;
  sample.range.newest = day(0);  // The first entries alone are so old.
  expect_breach(sample, "the log was pruned of entries that are younger than it says");
  EXPECT_EQ(sample.judged(512).report.verdict, LogVerdict::kVerified);
}

TEST(RetentionRulesTest, ABundleThatLacksItsFirstEntriesIsNamedByThem) {
  const SampleLog log = PrunedSample().made();
  std::vector<std::string> lines = lines_of(log.bundle());
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(0)),
              lines.begin() + static_cast<std::ptrdiff_t>(line_of_entry(256)) - 1);
  const BundleReport report = verify(log, join(lines));
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(report.report), 0U);
}

TEST(RetentionRulesTest, TheMinimumIndexNeverRunsBackwards) {
  PrunedSample sample;
  sample.range.newest = day(1);
  SampleLog log = sample.made();
  sample.range.minimum = 256;
  sample.range.size = 602;
  Leaf again = sample.prune();
  again.writer_seq = 302;
  log.add(again);
  const BundleReport report = verify(log, log.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.report.findings.at(0).entry, 602U);
}

TEST(RetentionRulesTest, ThePublishedTextNamesTheMinimumIndex) {
  const AnnouncedTerms announced{600, day(1), kTerms};
  const DeclaredPrune pruned{601, day(200), {512, 601, 600, day(99)}, {}};
  const std::string text = retention_text("cdp.example/acme/log1", {announced, pruned});
  EXPECT_EQ(text,
            "assent-log-retention/1\norigin cdp.example/acme/log1\nkeeps-days 100\nnotice-days 30\n"
            "announced 600 2026-02-03T02:40:00Z\nminimum 512\npruned 601 2026-08-21T02:40:00Z\n");
  EXPECT_EQ(minimum_in(text), 512U);
  EXPECT_EQ(minimum_in(retention_text("a/b", {announced, std::nullopt})), 0U);
  for (const char* none :
       {"", "minimum 512\n", "assent-log-retention/1\nminimum 0512\n",
        "assent-log-retention/1\nminimum", "assent-log-retention/2\nminimum 5\n"}) {
    EXPECT_EQ(minimum_in(none), std::nullopt) << none;
  }
}

TEST(RetentionRulesTest, ALeafAboutRetentionAlwaysHasItsExtension) {
  PrunedSample sample;
  for (Leaf leaf : {sample.announcement(), sample.prune()}) {
    const Bytes whole = encode(leaf);
    EXPECT_EQ(*decode(whole), leaf);
    Bytes cut = whole;
    cut.resize(kLeafFixedBytes);
    cut[223] = cut[224] = 0;
    EXPECT_FALSE(decode(cut).ok());
    leaf.ext = {};
    EXPECT_THROW(encode(leaf), std::invalid_argument);
    leaf.ext = kTerms;
    leaf.event = AuditEvent::kRecordRead;
    EXPECT_THROW(encode(leaf), std::invalid_argument);
  }
}

}  // namespace
}  // namespace assent
