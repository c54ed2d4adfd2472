// Time stamps of RFC 3161: whose are believed, and what is made of every other one.
#include "audit/stamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/stamp_check.h"
#include "audit/stamp_files.h"
#include "core/digest.h"
#include "core/file.h"
#include "tests/audit/sample_log.h"
#include "tests/audit/test_tsa.h"

namespace assent {
namespace {

using testing::HasSubstr;
using State = StampSigner::State;

constexpr Timestamp kNow{TestTsa::kNowS * kSecondUs};

StampQuery query_of(std::string_view bytes, const std::string& policy = {}) {
  return {sha256(as_bytes(bytes)), 42, policy};
}
std::string stamp_of(const TestTsa& tsa, std::string_view bytes) {
  return tsa.answer(encode_stamp_query(query_of(bytes)));
}
StampSigner signer(const TestTsa& tsa) {
  return signer_of_stamp(stamp_of(tsa, "bytes"), tsa.trusted());
}
// Why an answer to our question is refused; empty when it is not.
std::string refusal(const std::string& answer, const StampQuery& query, const TestTsa& tsa) {
  const auto stamp = accept_stamp(answer, query, tsa.trusted());
  return stamp.ok() ? "" : std::string(stamp.error().reason.view());
}
std::string golden(const std::string& name) {
  return *read_file(std::string(ASSENT_SOURCE_DIR "/tests/golden/timestamp/") + name, 1 << 16);
}

TEST(StampTest, AnAnswerToOurQuestionIsTaken) {
  for (const auto key : {TsaTraits::Key::kP256, TsaTraits::Key::kRsa2048}) {
    const TestTsa tsa({.key = key, .accuracy_s = 2});
    const auto query = query_of("bytes");
    const auto stamp = accept_stamp(tsa.answer(encode_stamp_query(query)), query, tsa.trusted());
    ASSERT_TRUE(stamp.ok()) << stamp.error().reason.view();
    EXPECT_EQ(stamp->imprint, query.imprint);
    EXPECT_EQ(stamp->at, kNow);
    EXPECT_EQ(stamp->not_later_than.us, kNow.us + 2 * kSecondUs);
    EXPECT_EQ(stamp->policy, TestTsa::kPolicy);
  }
}

TEST(StampTest, AnAnswerToAnotherQuestionIsRefused) {
  const TestTsa tsa;
  const auto query = query_of("bytes");
  EXPECT_THAT(refusal(stamp_of(tsa, "other bytes"), query, tsa), HasSubstr("other bytes"));
  StampQuery later = query;
  ++later.nonce;
  EXPECT_THAT(refusal(stamp_of(tsa, "bytes"), later, tsa), HasSubstr("another question"));
  EXPECT_THAT(refusal(stamp_of(tsa, "bytes"), query_of("bytes", "1.2.3.4.9"), tsa),
              HasSubstr("another policy"));
  EXPECT_EQ(refusal(stamp_of(tsa, "bytes"), query_of("bytes", TestTsa::kPolicy), tsa), "");
}

TEST(StampTest, ARefusalOfTheAuthorityIsNoStamp) {
  const TestTsa tsa;
  const auto asked = query_of("bytes", "1.2.3.4.9");
  const auto refused = accept_stamp(tsa.answer(encode_stamp_query(asked)), asked, tsa.trusted());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST(StampTest, OnlyTheCertificatesThatWereGivenProveWhoStamped) {
  const TestTsa tsa;
  const TestTsa other;
  EXPECT_EQ(signer(tsa).state, State::kProved);
  EXPECT_EQ(signer_of_stamp(stamp_of(tsa, "bytes"), other.trusted()).state, State::kUnproved);
  EXPECT_EQ(refusal(stamp_of(tsa, "bytes"), query_of("bytes"), other),
            "the certificates that were given do not prove who signed the time stamp");
}

TEST(StampTest, ACertificateCountsAtTheTimeOfTheStamp) {
  // Expired and not yet valid for the stamp; that it has ended since says nothing.
  for (const auto& [from, until] : {std::pair{-7'200, -3'600}, std::pair{3'600, 7'200}}) {
    const TestTsa tsa({.valid_from_s = from, .valid_until_s = until});
    EXPECT_EQ(signer(tsa).state, State::kUnproved);
    EXPECT_THAT(std::string(signer(tsa).why.view()), HasSubstr("was not valid at the time"));
  }
  const TestTsa short_lived({.valid_from_s = -1, .valid_until_s = 1});
  EXPECT_EQ(signer(short_lived).state, State::kProved);
}

TEST(StampTest, ACertificateMustBeMadeForTimeStampsAlone) {
  for (const auto* usage :
       {"critical,serverAuth", "timeStamping", "critical,timeStamping,codeSigning"}) {
    const StampSigner found = signer(TestTsa({.extended_usage = usage}));
    EXPECT_EQ(found.state, State::kUnproved) << usage;
    EXPECT_THAT(std::string(found.why.view()), HasSubstr("not made for time stamps")) << usage;
  }
}

TEST(StampTest, WeakKeysAndHashesProveNothing) {
  EXPECT_EQ(signer(TestTsa({.key = TsaTraits::Key::kRsa1024})).state, State::kUnproved);
  EXPECT_EQ(signer(TestTsa({.digest = EVP_sha1()})).state, State::kUnproved);
  EXPECT_EQ(signer(TestTsa({.digest = EVP_sha512()})).state, State::kProved);
}

TEST(StampTest, TheAnswersOfTheOpensslProgramAreRead) {
  const auto trusted = *TsaCertificates::parse(golden("ca.pem"));
  for (const auto* name : {"p256.tsr", "rsa.tsr"}) {
    const auto stamp = parse_stamp(golden(name));
    ASSERT_TRUE(stamp.ok()) << name;
    EXPECT_EQ(stamp->imprint, sha256(as_bytes(golden("log.checkpoint"))));
    EXPECT_EQ(stamp->not_later_than.us - stamp->at.us, kSecondUs);
    EXPECT_EQ(signer_of_stamp(golden(name), trusted).state, State::kProved);
  }
  EXPECT_EQ(parse_stamp(golden("refused.tsr")).error().code, ErrorCode::kDenied);
  EXPECT_EQ(parse_stamp(golden("sha512.tsr")).error().reason.view(),
            "the time stamp is not of a SHA-256");
}

TEST(StampTest, NoChangedByteProvesAnythingElse) {
  const auto trusted = *TsaCertificates::parse(golden("ca.pem"));
  const std::string good = golden("p256.tsr");
  const auto original = *parse_stamp(good);
  std::size_t refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int bit : {0, 7}) {
      std::string changed = good;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto stamp = parse_stamp(changed);
      if (!stamp.ok() || signer_of_stamp(changed, trusted).state != State::kProved) {
        ++refused;
        continue;
      }
      EXPECT_EQ(stamp->imprint, original.imprint) << at;
      EXPECT_EQ(stamp->not_later_than, original.not_later_than) << at;
    }
  }
  EXPECT_GT(refused, good.size());
}

TEST(StampTest, ASignatureThatDoesNotHoldIsForged) {
  const auto trusted = *TsaCertificates::parse(golden("ca.pem"));
  std::string forged = golden("rsa.tsr");
  forged.back() ^= 1;  // The signature stands last.
  EXPECT_EQ(signer_of_stamp(forged, trusted).state, State::kForged);
}

TEST(StampTest, WhatIsNoStampOrNoCertificateIsSaidSo) {
  for (const auto& text : {std::string(), std::string("noise"), golden("p256.tsr") + "x",
                           golden("p256.tsr").substr(0, 400)}) {
    EXPECT_EQ(parse_stamp(text).error().code, ErrorCode::kInvalid);
  }
  EXPECT_EQ(parse_stamp(std::string(kStampBytesMax + 1, '0')).error().code, ErrorCode::kTooLarge);
  const std::string pem = golden("ca.pem");
  EXPECT_FALSE(TsaCertificates::parse("").ok());
  EXPECT_FALSE(TsaCertificates::parse(golden("log.checkpoint")).ok());
  EXPECT_FALSE(TsaCertificates::parse(pem.substr(0, pem.size() / 2)).ok());
  EXPECT_FALSE(TsaCertificates::parse(pem + pem.substr(0, pem.size() / 2)).ok());
  EXPECT_TRUE(TsaCertificates::parse("a comment\n" + pem + pem).ok());
  EXPECT_TRUE(is_policy_oid("1.3.6.1.4.1.601.10.3.1"));
  for (const auto* text : {"", "1", "a", "1.2.", "1..2", "01.2", "sha256"}) {
    EXPECT_FALSE(is_policy_oid(text)) << text;
  }
}

TEST(StampTest, AFileIsSizeAndKindAndNothingElse) {
  EXPECT_EQ(stamp_file_name({42, StampFile::Kind::kAnswer}), "42.tsr");
  EXPECT_EQ(parse_stamp_file_name("42.checkpoint"), (StampFile{42, StampFile::Kind::kCheckpoint}));
  for (const auto* name : {"", ".", "..", "42", "42.", "042.tsr", "42.tsr.new", "42.tsr/", "x.tsr",
                           "../42.tsr", "4 2.tsr", "42.TSR", "-1.tsr", "42.checkpoint.tsr"}) {
    EXPECT_EQ(parse_stamp_file_name(name), std::nullopt) << name;
  }
}

// -- What the verifier makes of them

class StampCheckTest : public testing::Test {
 protected:
  StampReport check(const std::string& checkpoint, const std::string& answer,
                    const TsaCertificates* trusted) {
    const LogPolicy policy = log.policy();
    return verify_stamp(checkpoint, {answer, trusted}, &policy);
  }
  BundleReport bundle_since(std::uint64_t size, const std::string& answer) {
    const LogPolicy policy = log.policy();
    const StampEvidence evidence{answer, &trusted};
    std::istringstream bundle(log.bundle());
    return verify_bundle(bundle, &policy, log.checkpoint(size), &evidence);
  }

  SampleLog log{40};
  const TestTsa tsa;
  const TsaCertificates trusted = tsa.trusted();
};

TEST_F(StampCheckTest, AStampedCheckpointIsVerified) {
  const StampReport report = check(log.checkpoint(), stamp_of(tsa, log.checkpoint()), &trusted);
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.stamp->not_later_than, kNow);
}

TEST_F(StampCheckTest, WithoutCertificatesOrPolicyItIsNeverGreen) {
  const std::string stamp = stamp_of(tsa, log.checkpoint());
  EXPECT_EQ(check(log.checkpoint(), stamp, nullptr).report.verdict, LogVerdict::kCannotTell);
  const TsaCertificates other = TestTsa().trusted();
  EXPECT_EQ(check(log.checkpoint(), stamp, &other).report.verdict, LogVerdict::kCannotTell);
  EXPECT_EQ(verify_stamp(log.checkpoint(), {stamp, &trusted}, nullptr).report.verdict,
            LogVerdict::kCannotTell);
}

TEST_F(StampCheckTest, AStampOfOtherBytesIsTampering) {
  const StampReport report = check(log.checkpoint(), stamp_of(tsa, log.checkpoint(30)), &trusted);
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_FALSE(report.stamp->fits);
  EXPECT_EQ(report.report.findings.at(0).expected, to_hex(sha256(as_bytes(log.checkpoint()))));
}

TEST_F(StampCheckTest, ACheckpointOfAnotherKeyIsNotProvedByItsStamp) {
  const SampleLog stranger(40, 2);
  const StampReport report =
      check(stranger.checkpoint(), stamp_of(tsa, stranger.checkpoint()), &trusted);
  EXPECT_EQ(report.report.verdict, LogVerdict::kCannotTell);
}

TEST_F(StampCheckTest, AForgedStampIsTamperingAndNoiseIsNot) {
  const TestTsa rsa({.key = TsaTraits::Key::kRsa2048});
  std::string forged = stamp_of(rsa, log.checkpoint());
  forged.back() ^= 1;
  const TsaCertificates by_rsa = rsa.trusted();
  EXPECT_EQ(check(log.checkpoint(), forged, &by_rsa).report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(check(log.checkpoint(), "noise", &trusted).report.verdict, LogVerdict::kCannotTell);
}

TEST_F(StampCheckTest, ABundleExtendsTheStampedCheckpoint) {
  const BundleReport report = bundle_since(25, stamp_of(tsa, log.checkpoint(25)));
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.extends, Extends::kYes);
  ASSERT_TRUE(report.stamp);
  EXPECT_TRUE(report.stamp->is_proved && report.stamp->fits);
  EXPECT_EQ(bundle_since(25, stamp_of(tsa, log.checkpoint(24))).report.verdict,
            LogVerdict::kTampered);
}

TEST_F(StampCheckTest, AHistoryRewrittenWithTheStolenKeyDoesNotExtendTheStampedOne) {
  const std::string checkpoint = log.checkpoint(25);
  const std::string stamp = stamp_of(tsa, checkpoint);
  log.leaves[10] = encode(log.act(7, 5, SampleLog::kStartUs + 7));
  const LogPolicy policy = log.policy();
  const StampEvidence evidence{stamp, &trusted};
  std::istringstream bundle(log.bundle());
  const BundleReport report = verify_bundle(bundle, &policy, checkpoint, &evidence);
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(report.extends, Extends::kNo);
  EXPECT_TRUE(report.stamp->is_proved);
}

TEST_F(StampCheckTest, AnEntryThatNamesALaterTimeThanItsStampIsNamed) {
  SampleLog dated;
  dated.add(dated.open_writer(7));
  dated.add(dated.act(7, 1, kNow.us + kStampToleranceUs));
  dated.add(dated.act(7, 2, kNow.us + kStampToleranceUs + 1));
  dated.add(dated.act(7, 3, kNow.us + 3'600 * kSecondUs));
  log = dated;
  const BundleReport late = bundle_since(3, stamp_of(tsa, log.checkpoint(3)));
  EXPECT_EQ(late.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(first_bad_entry(late.report), 2U);
  // What the stamped tree did not hold yet may be later.
  EXPECT_EQ(bundle_since(2, stamp_of(tsa, log.checkpoint(2))).report.verdict,
            LogVerdict::kVerified);
}

}  // namespace
}  // namespace assent
