// What an auditor is told of a log whose database had lost entries: put back, or forked openly.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "audit/origin.h"
#include "audit/verifier.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

constexpr std::uint64_t kKept = 20;
constexpr std::uint64_t kSigned = 30;
const std::string kNewOrigin = "cdp.example/acme/log2";

TEST(OriginTest, TheNextOneCountsUpAndThePreviousOneDown) {
  EXPECT_EQ(next_origin("h/t/log1"), "h/t/log2");
  EXPECT_EQ(next_origin("h/t/log9"), "h/t/log10");
  EXPECT_EQ(previous_origin("h/t/log10"), "h/t/log9");
  EXPECT_EQ(previous_origin("h/t/log1"), std::nullopt);
  EXPECT_EQ(origin_directory("h/t/log12"), "log12");
}

TEST(OriginTest, WhatEndsOtherwiseHasNoneAndNoDirectory) {
  for (const char* origin : {"", "h/t", "h/t/log", "h/t/log0", "h/t/log01", "h/t/log1x", "/log1",
                             "h/t/logs/1", "h/t/log-1", "h/t/log99999999999999999999"}) {
    EXPECT_EQ(next_origin(origin), std::nullopt) << origin;
    EXPECT_EQ(origin_directory(origin), std::nullopt) << origin;
  }
}

TEST(OriginTest, AnEarlierOneIsOfTheSameLogAndHasALowerNumber) {
  EXPECT_TRUE(is_earlier_origin("h/t/log1", "h/t/log3"));
  EXPECT_FALSE(is_earlier_origin("h/t/log3", "h/t/log1"));
  EXPECT_FALSE(is_earlier_origin("h/t/log2", "h/t/log2"));
  EXPECT_FALSE(is_earlier_origin("h/other/log1", "h/t/log2"));
}

RC_GTEST_PROP(OriginProperty, ADirectoryNeverLeadsElsewhere, (const std::string& origin)) {
  const std::string directory = origin_directory("h/t/log" + origin).value_or("");
  RC_ASSERT(directory.find_first_of("/.") == std::string::npos);
}

// The log before the fork, and the same one after it.
class ForkVerifyTest : public testing::Test {
 protected:
  ForkVerifyTest() {
    after.origin = kNewOrigin;
    after.leaves.resize(kKept);
    Leaf opened = after.open_writer(30);
    opened.time.us += 1'000'000;
    after.add(opened);
    Leaf fork = after.act(30, 1, opened.time.us);
    fork.event = AuditEvent::kFork;
    fork.ext = ForkedLog{kKept, kSigned, before.head(kSigned).root};
    after.add(fork);
    for (std::uint64_t seq = 2; seq < 25; ++seq) after.add(after.act(30, seq, opened.time.us));
  }
  BundleReport since(std::uint64_t size) {
    return verify(after, after.bundle(), before.checkpoint(size));
  }

  SampleLog before{kSigned};
  SampleLog after{kSigned};
  std::uint64_t fork_entry = kKept + 1;
};

TEST_F(ForkVerifyTest, ALogThatWasForkedOpenlyVerifiesAndSaysSo) {
  const BundleReport report = verify(after, after.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  ASSERT_EQ(report.forks.size(), 1U);
  EXPECT_EQ(report.forks[0].entry, fork_entry);
  EXPECT_EQ(report.forks[0].what, (ForkedLog{kKept, kSigned, before.head(kSigned).root}));
}

TEST_F(ForkVerifyTest, ACheckpointOfBeforeIsExtendedUpToWhatWasKept) {
  for (const std::uint64_t size : {std::uint64_t{1}, kKept - 1, kKept}) {
    const BundleReport report = since(size);
    EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << size;
    EXPECT_EQ(report.extends, Extends::kYes);
  }
}

TEST_F(ForkVerifyTest, ALargerCheckpointOfBeforeShowsTheForkAndNamesIt) {
  for (const std::uint64_t size : {kKept + 1, kSigned}) {
    const BundleReport report = since(size);
    EXPECT_EQ(report.report.verdict, LogVerdict::kTampered) << size;
    EXPECT_EQ(report.extends, Extends::kNo);
    EXPECT_EQ(first_bad_entry(report.report), fork_entry);
  }
}

TEST_F(ForkVerifyTest, AnotherHistoryBelowTheForkIsFound) {
  before.leaves[3] = before.leaves[4];
  const BundleReport report = since(kKept);
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.extends, Extends::kNo);
}

TEST_F(ForkVerifyTest, AnOriginThatChangedWithoutAnEntryIsFound) {
  SampleLog silent = before;
  silent.origin = kNewOrigin;
  const BundleReport report = verify(silent, silent.bundle(), before.checkpoint(kKept));
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.extends, Extends::kYes);
}

TEST_F(ForkVerifyTest, ARangeBehindTheForkExtendsByItsProof) {
  const std::string bundle = after.bundle(fork_entry + 2, after.size(), after.size(), kKept);
  EXPECT_EQ(verify(after, bundle, before.checkpoint(kKept)).report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(verify(after, after.bundle(fork_entry + 2, after.size(), after.size()),
                   before.checkpoint(kKept))
                .report.verdict,
            LogVerdict::kCannotTell);
}

TEST_F(ForkVerifyTest, ACheckpointOfAnotherKeyOrAnotherLogProvesNothing) {
  SampleLog stranger(kSigned, 2);
  EXPECT_EQ(verify(after, after.bundle(), stranger.checkpoint(kKept)).report.verdict,
            LogVerdict::kCannotTell);
  SampleLog other = before;
  other.origin = "cdp.example/other/log1";
  EXPECT_EQ(verify(after, after.bundle(), other.checkpoint(kKept)).report.verdict,
            LogVerdict::kCannotTell);
}

// Who trusts the first origin has not heard of the second; who trusts the second, of the first.
TEST_F(ForkVerifyTest, ABundleVerifiesUnderItsOwnOriginsPolicyOnly) {
  EXPECT_EQ(verify(before, after.bundle()).report.verdict, LogVerdict::kCannotTell);
  EXPECT_EQ(verify(after, before.bundle()).report.verdict, LogVerdict::kCannotTell);
}

TEST_F(ForkVerifyTest, TwoCheckpointsAreComparedOverTheFork) {
  const auto compare = [&](std::uint64_t old_size) {
    LeafHashTiles tiles = after.tiles();
    std::string proof;
    const auto path = consistency_path(tiles, old_size, after.size());
    for (const Hash32& hash : *path) proof += to_base64(hash) + "\n";
    const LogPolicy policy = after.policy();
    return compare_checkpoints(before.checkpoint(old_size), after.checkpoint(), proof, &policy)
        .verdict;
  };
  EXPECT_EQ(compare(kKept), LogVerdict::kVerified);
  EXPECT_EQ(compare(kSigned), LogVerdict::kTampered);
  const LogPolicy policy = after.policy();
  EXPECT_EQ(
      compare_checkpoints(before.checkpoint(), after.checkpoint(kKept + 2), "", &policy).verdict,
      LogVerdict::kTampered);
}

TEST(RecoveryVerifyTest, EntriesThatWerePutBackAreToldOfAndVerify) {
  SampleLog log(kSigned);
  Leaf opened = log.open_writer(30);
  opened.time.us += 1'000'000;
  log.add(opened);
  Leaf recovered = log.act(30, 1, opened.time.us);
  recovered.event = AuditEvent::kLogRecovered;
  recovered.ext = RecoveredLog{kKept, kSigned};
  log.add(recovered);
  const BundleReport report = verify(log, log.bundle(), SampleLog(kSigned).checkpoint());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  ASSERT_EQ(report.recoveries.size(), 1U);
  EXPECT_EQ(report.recoveries[0].entry, kSigned + 1);
  EXPECT_EQ(report.recoveries[0].what, (RecoveredLog{kKept, kSigned}));
}

}  // namespace
}  // namespace assent
