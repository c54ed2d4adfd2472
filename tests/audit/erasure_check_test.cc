#include "audit/erasure_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/tlog_proof.h"
#include "tests/audit/sample_papers.h"

namespace assent {
namespace {

const SamplePapers& papers() {
  static const SamplePapers made;
  return made;
}

ErasureReport check(const std::string& certificate, const std::string* bundle = nullptr) {
  const LogPolicy policy = *LogPolicy::parse(papers().policy);
  if (bundle == nullptr) return verify_erasure(certificate, &policy);
  std::istringstream in(*bundle);
  return verify_erasure(certificate, &policy, &in);
}

std::string reasons(const Report& report) {
  std::string all;
  for (const Finding& finding : report.findings) all.append(finding.what.view()) += '\n';
  return all;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ErasureCheckTest, TheGoldenCertificateIsVerified) {
  const std::string certificate = read_verify_golden("certificate.json");
  const std::string bundle = read_verify_golden("log.bundle");
  EXPECT_EQ(certificate, papers().certificate);
  const ErasureReport report = check(certificate, &bundle);
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << reasons(report.report);
  EXPECT_EQ(report.keys, 3U);
  EXPECT_TRUE(report.is_closed_in_log);
  EXPECT_EQ(check(certificate + "\n").report.verdict, LogVerdict::kVerified);
}

TEST(ErasureCheckTest, EveryChangedByteIsFoundWithoutABundle) {
  for (std::size_t at = 0; at < papers().certificate.size(); ++at) {
    for (const int bit : {0x01, 0x20}) {
      std::string changed = papers().certificate;
      changed[at] = static_cast<char>(changed[at] ^ bit);
      const ErasureReport report = check(changed);
      EXPECT_NE(report.report.verdict, LogVerdict::kVerified) << "byte " << at << " of " << changed;
      EXPECT_FALSE(report.report.findings.empty());
    }
  }
}

TEST(ErasureCheckTest, EveryCutIsFound) {
  for (std::size_t size = 0; size < papers().certificate.size(); ++size) {
    EXPECT_NE(check(papers().certificate.substr(0, size)).report.verdict, LogVerdict::kVerified);
  }
}

TEST(ErasureCheckTest, AChangedFieldIsNamed) {
  const std::string& whole = papers().certificate;
  const std::string key = to_hex(Bytes(32, 2));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {with(whole, R"("name":"acme")", R"("name":"evil")"),
       "the text of the certificate is not the one that the log commits to"},
      {with(whole, R"("identifiers":3)", R"("identifiers":4)"),
       "the text of the certificate is not the one that the log commits to"},
      {with(whole, ",\"" + key + "\"", ""), "keys_destroyed has not as many keys as the log says"},
      {with(whole, key, to_hex(Bytes(32, 9))),
       "keys_destroyed are not the keys that the log commits to"},
      {with(whole, "51515151-5151-5151-5151-515151515151", "51515151-5151-5151-5151-515151515152"),
       "log.leaf tells of another request"},
      {with(whole, R"("origin":"cdp.example/acme/log1")", R"("origin":"cdp.example/acme/log2")"),
       "log.origin is not the log of the proof"},
      {with(whole, R"("destroyed_at":"2026)", R"("destroyed_at":"2025)"),
       "destroyed_at is not the time of log.leaf"},
      {with(whole, R"("recipients":[])", R"("recipients": [])"),
       "the certificate is not in the bytes it was issued in"},
      {with(whole, R"("event":"00000000)", R"("event":"00000001)"),
       "log.event is not the id of log.leaf"},
  };
  for (const auto& [changed, reason] : cases) {
    const ErasureReport report = check(changed);
    EXPECT_EQ(report.report.verdict, LogVerdict::kTampered) << reason;
    EXPECT_THAT(reasons(report.report), testing::HasSubstr(reason));
  }
}

TEST(ErasureCheckTest, AnotherLogsKeyIsNotTrusted) {
  const LogPolicy other = SampleLog(4, 9).policy();
  EXPECT_NE(verify_erasure(papers().certificate, &other).report.verdict, LogVerdict::kVerified);
  const ErasureReport none = verify_erasure(papers().certificate, nullptr);
  EXPECT_EQ(none.report.verdict, LogVerdict::kCannotTell);
}

TEST(ErasureCheckTest, ARequestThatWasClosedWithAnotherCertificateIsFound) {
  SampleLog log = papers().log;
  Leaf closed = *decode(log.leaves[5]);
  ASSERT_EQ(closed.event, AuditEvent::kRequestClosed);
  closed.detail_hash[0] ^= 1;
  log.leaves[5] = encode(closed);
  const std::string other = log.bundle();
  const ErasureReport report = check(papers().certificate, &other);
  EXPECT_EQ(report.report.verdict, LogVerdict::kTampered);
  EXPECT_THAT(reasons(report.report),
              testing::HasSubstr("the request was closed with another certificate"));
}

TEST(ErasureCheckTest, ABundleWithoutTheEntryOrNotEvidenceItselfCannotTell) {
  const std::string early = papers().log.bundle(0, 5, 5);
  EXPECT_THAT(reasons(check(papers().certificate, &early).report),
              testing::HasSubstr("no REQUEST_CLOSED entry of this request"));
  const std::string damaged = with(papers().bundle, "count 8", "count 7");
  EXPECT_THAT(reasons(check(papers().certificate, &damaged).report),
              testing::HasSubstr("the bundle does not verify"));
}

TEST(ErasureCheckTest, AnEntryThatDoesNotCoverTheTextCannotTell) {
  // A certificate of before the entry committed to it: all but its text is shown.
  SampleLog log(4);
  Leaf destroyed = *decode(papers().log.leaves[4]);
  destroyed.detail_hash = {};
  const std::string old_leaf = to_base64(encode(destroyed));
  const std::string changed =
      with(papers().certificate, to_base64(papers().log.leaves[4]), old_leaf);
  EXPECT_THAT(reasons(check(changed).report),
              testing::HasSubstr("log.leaf does not cover the text of the certificate"));
}

// A certificate that names epoch 4, and the installation's log, in which an epoch was burned.
class BurnCheckTest : public ::testing::Test {
 protected:
  BurnCheckTest() {
    installation.origin = "cdp.example/installation/log1";
    burned.event = AuditEvent::kKekEpochBurned;
    burned.tenant = {};
    burned.object_kind = ObjectKind::kKey;
    burned.ext = BurnCounts{4, 1000, 3, 0};
  }
  ErasureReport check() {
    SampleLog log = installation;
    log.add(burned);
    const std::uint64_t index = log.size() - 1;
    LeafHashTiles tiles = log.tiles();
    const BurnEvidence burn{
        format_tlog_proof(
            {std::nullopt, index, *inclusion_path(tiles, index, log.size()), log.checkpoint()}),
        log.leaves[index]};
    std::string text = papers.policy;
    const std::string other = log.policy_text();
    text.insert(text.find("quorum"), other.substr(0, other.find("quorum")));
    const auto policy = LogPolicy::parse(text);
    EXPECT_TRUE(policy.ok());
    return verify_erasure(papers.certificate, &*policy, nullptr, &burn);
  }
  void cannot_tell_because(const std::string& reason) {
    const ErasureReport report = check();
    EXPECT_EQ(report.report.verdict, LogVerdict::kCannotTell);
    EXPECT_THAT(reasons(report.report), testing::HasSubstr(reason));
    EXPECT_FALSE(report.burned_at);
  }

  SamplePapers papers{R"("stages":[{"stage":1},{"stage":2,"epoch":4}],)"};
  SampleLog installation{4, 5};
  Leaf burned = installation.act(7, 2, SampleLog::kStartUs + 60 * kSecondUs);
};

TEST_F(BurnCheckTest, TheBurnOfTheCertificatesEpochIsShown) {
  const ErasureReport report = check();
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified) << reasons(report.report);
  EXPECT_EQ(report.epoch, 4U);
  EXPECT_EQ(report.burned_at, burned.time);
}

TEST_F(BurnCheckTest, AnotherEpochsBurnShowsNothing) {
  burned.ext = BurnCounts{3, 1000, 3, 0};
  cannot_tell_because("the burned epoch is not the certificate's");
}

TEST_F(BurnCheckTest, KeysThatWereLeftShowNothing) {
  burned.ext = BurnCounts{4, 1000, 3, 1};
  cannot_tell_because("keys were left under the epoch");
}

TEST_F(BurnCheckTest, AnEarlierBurnShowsNothing) {
  burned.time = {SampleLog::kStartUs - 1};
  cannot_tell_because("before the keys were destroyed");
}

TEST_F(BurnCheckTest, AnotherEntryOrAnotherInstallationsLogShowsNothing) {
  installation.origin = "evil.example/installation/log1";
  cannot_tell_because("not of this installation's log");
  installation.origin = "cdp.example/installation/log1";
  burned.event = AuditEvent::kKeyEpochCreated;
  burned.ext = {};
  cannot_tell_because("does not tell of a burned epoch");
}

TEST_F(BurnCheckTest, ACertificateWithoutAnEpochCannotTell) {
  papers = SamplePapers();
  cannot_tell_because("names no epoch");
}

}  // namespace
}  // namespace assent
