// Table 9.7 of data-protection.md, row by row, as far as an offline verifier can show it.
#include "audit/verifier.h"

#include <gtest/gtest.h>

#include "audit/tlog_proof.h"
#include "tests/audit/sample_log.h"

namespace assent {
namespace {

LogVerdict verdict_of(const BundleReport& report) {
  return report.report.verdict;
}

SampleLog with_writer(std::initializer_list<std::uint64_t> numbers) {
  SampleLog log;
  log.add(log.open_writer(7));
  for (std::uint64_t seq : numbers) log.add(log.act(7, seq, SampleLog::kStartUs));
  return log;
}

std::string witness_policy(const SampleLog& log) {
  const SigningKey witness = signing_key_from_seed(Bytes(32, 50));
  const std::string text = log.policy_text();
  return text.substr(0, text.find('\n') + 1) + "witness W " +
         format_vkey(verifier_key("w.example", kCosignatureType, witness.public_key)) +
         "\nquorum W\n";
}

TEST(VerifierTest, AHistoryRewrittenWithoutTheKeyFailsTheOldSignature) {
  const SampleLog honest(100);
  SampleLog rewritten = honest;
  rewritten.leaves[50] = encode(honest.act(7, 25, SampleLog::kStartUs + 1));
  std::string bundle = rewritten.bundle();
  // The rewriter has no key: he keeps the old signature under the new root.
  const std::string forged = rewritten.checkpoint();
  const std::string text = forged.substr(0, forged.find("\n\n") + 2);
  const std::string old = honest.checkpoint();
  bundle.replace(bundle.find(forged), forged.size(), text + old.substr(old.find("\n\n") + 2));
  EXPECT_EQ(verdict_of(verify(honest, bundle)), LogVerdict::kTampered);
}

TEST(VerifierTest, AHistoryRewrittenUnderTheOldCheckpointDoesNotLeadToItsRoot) {
  const SampleLog honest(100);
  SampleLog rewritten = honest;
  rewritten.leaves[50] = encode(honest.act(7, 25, SampleLog::kStartUs + 1));
  std::string bundle = rewritten.bundle();
  const std::string fresh = rewritten.checkpoint();
  bundle.replace(bundle.find(fresh), fresh.size(), honest.checkpoint());
  const BundleReport report = verify(honest, bundle);
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_FALSE(report.all_hashes_match);
}

TEST(VerifierTest, ASecondHistorySignedWithTheStolenKeyIsAForkOfAHeldCheckpoint) {
  const SampleLog honest(80);
  SampleLog second(120);
  second.leaves[10] = encode(honest.act(7, 5, SampleLog::kStartUs + 7));
  EXPECT_EQ(verdict_of(verify(second, second.bundle())), LogVerdict::kVerified);
  const BundleReport report = verify(second, second.bundle(), honest.checkpoint());
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_EQ(report.extends, Extends::kNo);
}

TEST(VerifierTest, ATruncatedTailIsSmallerThanAHeldCheckpoint) {
  const SampleLog honest(80);
  const SampleLog cut(60);
  const BundleReport report = verify(cut, cut.bundle(), honest.checkpoint());
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_EQ(report.extends, Extends::kNo);
}

TEST(VerifierTest, AGrownLogExtendsEveryHeldCheckpoint) {
  const SampleLog log(300);
  for (std::uint64_t old_size : {0, 1, 77, 256, 299, 300}) {
    const BundleReport report = verify(log, log.bundle(), log.checkpoint(old_size));
    EXPECT_EQ(verdict_of(report), LogVerdict::kVerified) << old_size;
    EXPECT_EQ(report.extends, Extends::kYes) << old_size;
  }
}

TEST(VerifierTest, ARangeExtendsACheckpointInsideItOrByItsProof) {
  const SampleLog log(300);
  const auto extends = [&](const std::string& bundle, std::uint64_t old_size) {
    return verify(log, bundle, log.checkpoint(old_size)).extends;
  };
  const std::string plain = log.bundle(100, 200, 300);
  EXPECT_EQ(extends(plain, 100), Extends::kYes);
  EXPECT_EQ(extends(plain, 150), Extends::kYes);
  EXPECT_EQ(extends(plain, 200), Extends::kYes);
  EXPECT_EQ(extends(plain, 99), Extends::kCannotTell);
  EXPECT_EQ(extends(plain, 201), Extends::kCannotTell);
  EXPECT_EQ(extends(log.bundle(100, 200, 300, 99), 99), Extends::kYes);
  EXPECT_EQ(verdict_of(verify(log, plain, log.checkpoint(99))), LogVerdict::kCannotTell);
}

TEST(VerifierTest, AForkIsFoundByTheBundlesOwnConsistencyProof) {
  const SampleLog honest(80);
  SampleLog second(120);
  second.leaves[10] = encode(honest.act(7, 5, SampleLog::kStartUs + 7));
  const BundleReport report = verify(second, second.bundle(100, 110, 120, 80), honest.checkpoint());
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_EQ(report.extends, Extends::kNo);
}

TEST(VerifierTest, AnOlderCheckpointThatNobodyTrustedSignedProvesNothing) {
  const SampleLog log(80);
  const SampleLog impostor(40, 2);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(), impostor.checkpoint())), LogVerdict::kCannotTell);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(), "noise")), LogVerdict::kCannotTell);
}

TEST(VerifierTest, AnEntryThatVanishedBeforeSequencingLeavesAGap) {
  const SampleLog log = with_writer({1, 2, 4, 5});
  const BundleReport report = verify(log, log.bundle());
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_TRUE(report.all_hashes_match);
  EXPECT_EQ(report.gaps, 1u);
  EXPECT_EQ(first_bad_entry(report.report), 3u);
}

TEST(VerifierTest, ANumberUsedTwiceIsSeen) {
  const SampleLog log = with_writer({1, 2, 2, 3});
  EXPECT_EQ(verdict_of(verify(log, log.bundle())), LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(verify(log, log.bundle()).report), 3u);
}

TEST(VerifierTest, AWriterWithoutItsBeginningIsSeenInAWholeLogOnly) {
  SampleLog log;
  for (std::uint64_t seq = 5; seq < 9; ++seq) log.add(log.act(7, seq, SampleLog::kStartUs));
  EXPECT_EQ(verdict_of(verify(log, log.bundle())), LogVerdict::kTampered);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(1, 4, 4))), LogVerdict::kVerified);
}

TEST(VerifierTest, TheOpeningOfAWriterIsItsNumberZero) {
  SampleLog log = with_writer({1, 2});
  Leaf opened = log.open_writer(7);
  opened.writer_seq = 3;
  log.add(opened);
  EXPECT_EQ(verdict_of(verify(log, log.bundle(1, 4, 4))), LogVerdict::kTampered);
}

TEST(VerifierTest, TheSuccessorOfADeadWriterNamesItsLastNumber) {
  SampleLog log = with_writer({1, 2});
  Leaf opened = log.open_writer(8);
  opened.ext = ReplacedWriter{7, 2};
  SampleLog whole = log;
  whole.add(opened);
  EXPECT_EQ(verdict_of(verify(whole, whole.bundle())), LogVerdict::kVerified);
  opened.ext = ReplacedWriter{7, 4};
  SampleLog lost = log;
  lost.add(opened);
  EXPECT_EQ(verdict_of(verify(lost, lost.bundle())), LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(verify(lost, lost.bundle()).report), 3u);
  opened.ext = ReplacedWriter{99, 0};
  SampleLog unknown = log;
  unknown.add(opened);
  EXPECT_EQ(verdict_of(verify(unknown, unknown.bundle())), LogVerdict::kTampered);
}

TEST(VerifierTest, WhatAHeartbeatNamesStandsBeforeIt) {
  SampleLog log = with_writer({1, 2});
  Leaf heartbeat = log.open_writer(8);
  heartbeat.event = AuditEvent::kHeartbeat;
  heartbeat.ext = NamedWriters{{{7, 2}}};
  SampleLog whole = log;
  whole.add(log.open_writer(8));
  heartbeat.writer_seq = 1;
  whole.add(heartbeat);
  EXPECT_EQ(verdict_of(verify(whole, whole.bundle())), LogVerdict::kVerified);
  heartbeat.ext = NamedWriters{{{8, 0}, {7, 4}}};
  SampleLog lost = log;
  lost.add(log.open_writer(8));
  lost.add(heartbeat);
  EXPECT_EQ(verdict_of(verify(lost, lost.bundle())), LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(verify(lost, lost.bundle()).report), 4u);
  // In a range that begins later, a writer that was not heard of may be as named.
  EXPECT_EQ(verdict_of(verify(lost, lost.bundle(3, 5, 5))), LogVerdict::kVerified);
}

TEST(VerifierTest, TimeMayRunBackwardsByFiveSecondsAndNoMore) {
  for (const auto& [back_us, verdict] : {std::pair{5 * kSecondUs, LogVerdict::kVerified},
                                         {5 * kSecondUs + 1, LogVerdict::kTampered}}) {
    SampleLog log = with_writer({1});
    log.add(log.act(7, 2, SampleLog::kStartUs + 60 * kSecondUs));
    log.add(log.act(7, 3, SampleLog::kStartUs + 60 * kSecondUs - back_us));
    EXPECT_EQ(verdict_of(verify(log, log.bundle())), verdict);
  }
}

TEST(VerifierTest, TimeCreepingBackwardsInSmallStepsIsSeen) {
  SampleLog log = with_writer({1});
  for (std::uint64_t i = 0; i < 4; ++i) {
    log.add(log.act(
        7, 2 + i,
        SampleLog::kStartUs + 60 * kSecondUs - static_cast<std::int64_t>(i) * 4 * kSecondUs));
  }
  const BundleReport report = verify(log, log.bundle());
  EXPECT_EQ(verdict_of(report), LogVerdict::kTampered);
  EXPECT_EQ(report.backwards, 2u);
}

TEST(VerifierTest, AMissingKeyOrWitnessCannotBeToldAndIsNotGreen) {
  const SampleLog log(20);
  const SampleLog other(20, 2);
  std::istringstream own(log.bundle());
  const LogPolicy foreign = other.policy();
  EXPECT_EQ(verdict_of(verify_bundle(own, &foreign)), LogVerdict::kCannotTell);
  std::istringstream again(log.bundle());
  const auto witnessed = LogPolicy::parse(witness_policy(log));
  ASSERT_TRUE(witnessed.ok());
  EXPECT_EQ(verdict_of(verify_bundle(again, &*witnessed)), LogVerdict::kCannotTell);
}

TEST(VerifierTest, WithoutAPolicyOnlyInternalConsistencyIsShown) {
  const SampleLog log(20);
  std::istringstream whole(log.bundle());
  EXPECT_EQ(verdict_of(verify_bundle(whole, nullptr)), LogVerdict::kCannotTell);
  auto lines = lines_of(log.bundle());
  lines[line_of_entry(3)][9] ^= 1;
  std::istringstream broken(join(lines));
  EXPECT_EQ(verdict_of(verify_bundle(broken, nullptr)), LogVerdict::kTampered);
}

TEST(VerifierTest, AnAuthenticEntryOfANewerVersionIsNotCalledTampering) {
  SampleLog log(20);
  log.leaves[7][4] = 2;  // The version byte, before signing.
  const BundleReport report = verify(log, log.bundle());
  EXPECT_EQ(verdict_of(report),
            LogVerdict::kTampered);  // The writer's number is not readable either.
  SampleLog last(20);
  last.leaves[19][4] = 2;
  EXPECT_EQ(verdict_of(verify(last, last.bundle())), LogVerdict::kCannotTell);
  EXPECT_EQ(first_bad_entry(verify(last, last.bundle()).report), 19u);
}

TEST(VerifyEntryTest, AReceiptHoldsForItsLeafOnly) {
  const SampleLog log(50);
  LeafHashTiles tiles = log.tiles();
  const std::string proof =
      format_tlog_proof({std::nullopt, 31, *inclusion_path(tiles, 31, 50), log.checkpoint()});
  const LogPolicy policy = log.policy();
  EXPECT_EQ(verify_entry(proof, log.leaves[31], &policy).verdict, LogVerdict::kVerified);
  EXPECT_EQ(verify_entry(proof, log.leaves[30], &policy).verdict, LogVerdict::kTampered);
  EXPECT_EQ(verify_entry(proof, log.leaves[31], nullptr).verdict, LogVerdict::kCannotTell);
  EXPECT_EQ(verify_entry("noise", log.leaves[31], &policy).verdict, LogVerdict::kCannotTell);
  const LogPolicy foreign = SampleLog(1, 2).policy();
  EXPECT_EQ(verify_entry(proof, log.leaves[31], &foreign).verdict, LogVerdict::kCannotTell);
}

class CompareTest : public testing::Test {
 protected:
  LogVerdict compare(const SampleLog& a, std::uint64_t a_size, const SampleLog& b,
                     std::uint64_t b_size) {
    std::string proof;
    if (a_size != 0 && a_size < b_size) {
      LeafHashTiles tiles = b.tiles();
      const HashPath path = *consistency_path(tiles, a_size, b_size);
      for (const Hash32& hash : path) proof += to_base64(hash) + "\n";
    }
    const LogPolicy policy = log_.policy();
    return compare_checkpoints(a.checkpoint(a_size), b.checkpoint(b_size), proof, &policy).verdict;
  }
  SampleLog log_{50};
};

TEST_F(CompareTest, AnExtensionIsShownByItsProof) {
  EXPECT_EQ(compare(log_, 20, log_, 50), LogVerdict::kVerified);
  EXPECT_EQ(compare(log_, 50, log_, 50), LogVerdict::kVerified);
  EXPECT_EQ(compare(log_, 0, log_, 50), LogVerdict::kVerified);
}

TEST_F(CompareTest, ASplitViewIsAFork) {
  SampleLog other = log_;
  other.leaves[5] = encode(log_.act(7, 2, SampleLog::kStartUs + 9));
  EXPECT_EQ(compare(log_, 50, other, 50), LogVerdict::kTampered);
  EXPECT_EQ(compare(log_, 20, other, 50), LogVerdict::kTampered);
}

TEST_F(CompareTest, WhatIsMissingCannotBeTold) {
  EXPECT_EQ(compare(log_, 50, log_, 20), LogVerdict::kCannotTell);  // Given in the wrong order.
  const LogPolicy policy = log_.policy();
  const std::string a = log_.checkpoint(20);
  const std::string b = log_.checkpoint(50);
  EXPECT_EQ(compare_checkpoints(a, b, std::nullopt, &policy).verdict, LogVerdict::kCannotTell);
  EXPECT_EQ(compare_checkpoints(a, b, "noise\n", &policy).verdict, LogVerdict::kCannotTell);
  EXPECT_EQ(compare_checkpoints(a, "noise", "", &policy).verdict, LogVerdict::kCannotTell);
  EXPECT_EQ(compare_checkpoints(b, b, std::nullopt, nullptr).verdict, LogVerdict::kCannotTell);
}

}  // namespace
}  // namespace assent
