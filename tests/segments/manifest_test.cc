#include "segments/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "audit/release_check.h"
#include "audit/release_evidence.h"
#include "core/digest.h"
#include "core/nlohmann.h"

namespace assent {
namespace {

using Json = nlohmann::json;

template <class T>
T bytes_of(const std::string& hex) {
  T out{};
  const auto bytes = from_hex(hex);
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

struct Golden {
  Json json =
      Json::parse(std::ifstream(ASSENT_SOURCE_DIR "/tests/golden/release/commitments.json"));
  ReleaseId release{Uuid::from_bytes(*from_hex(json["release"].get<std::string>()))};
  Hash32 policies = bytes_of<Hash32>(json["policy_hash"]);
  std::vector<CommittedMember> members;
  Golden() {
    for (const Json& m : json["members"]) {
      members.push_back({Uuid::from_bytes(*from_hex(m["ref"].get<std::string>())),
                         bytes_of<Hash32>(m["facts"]), m["delivered"]});
    }
  }
};

TEST(ManifestTest, CommitmentsAreThoseOfAnIndependentProgram) {
  const Golden golden;
  EXPECT_EQ(to_hex(release_member_hash(golden.release.value, golden.members[0].ref,
                                       golden.members[0].facts, golden.policies)),
            golden.json["member_hash_of_the_first"]);
  const Commitment permitted = commit_permitted(golden.release, golden.members, golden.policies);
  EXPECT_EQ(to_hex(permitted.root), golden.json["permitted_root"]);
  EXPECT_EQ(permitted.count, 5);
  const Commitment delivered = commit_delivered(golden.release, golden.members, golden.policies);
  EXPECT_EQ(to_hex(delivered.root), golden.json["delivered_root"]);
  EXPECT_EQ(delivered.count, 3);
  EXPECT_EQ(to_hex(commit_permitted(golden.release, {}, golden.policies).root),
            golden.json["empty_root"]);
  Funnel funnel;
  funnel.denied = {{Reason::kSuppressed, 12}, {Reason::kConsentWithdrawn, 3}};
  funnel.dropped = {{Reason::kSubjectErased, 1}};
  EXPECT_EQ(to_hex(commit_reasons(golden.release, bytes_of<Hash32>(golden.json["salt"]), funnel)),
            golden.json["reasons"]);
}

TEST(ManifestTest, TheOrderInWhichMembersAreListedDoesNotMatter) {
  Golden golden;
  const Commitment before = commit_permitted(golden.release, golden.members, golden.policies);
  std::reverse(golden.members.begin(), golden.members.end());
  EXPECT_EQ(commit_permitted(golden.release, golden.members, golden.policies), before);
}

// What we sign is what the auditor's check reads; tests/audit/release_check_test.cc has its
// refusals.
class SignedRelease : public ::testing::Test, protected Golden {
 protected:
  SignedRelease() {
    crypto_ready();
    key = signing_key_from_seed(Hash32{1});
    std::ranges::sort(members, std::ranges::less(), &CommittedMember::ref);
    funnel.matched = 20;
    funnel.denied = {{Reason::kSuppressed, 12}, {Reason::kConsentWithdrawn, 3}};
    funnel.dropped = {{Reason::kSubjectErased, 2}};
    OpeningManifest m;
    m.release = release;
    m.segment = "sleeping";
    m.fields = {"contact"};
    m.policies = policies;
    m.funnel = funnel;
    m.permitted = commit_permitted(release, members, policies);
    opening = sign_opening(m, kName, key);
    closing_of.release = release;
    closing_of.opening = sha256(as_bytes(opening));
    closing_of.fields = m.fields;
    closing_of.encoding = "csv";
    closing_of.delivered = commit_delivered(release, members, policies);
    closing_of.reasons = commit_reasons(release, kSalt, funnel);
    closing = sign_closing(closing_of, kName, key);
  }
  LogVerdict verdict(const std::optional<std::string>& second) {
    std::stringstream evidence;
    write_evidence(evidence, {opening, second, kSalt, reason_counts(funnel)});
    for (const CommittedMember& one : members) {
      const auto delivered = second ? std::optional(one.delivered) : std::nullopt;
      write_member(evidence, {one.ref, one.facts, delivered});
    }
    const VerifierKey vkey = verifier_key(kName, kEd25519Type, key.public_key);
    const LogPolicy policy = *LogPolicy::parse("log " + format_vkey(vkey) + "\nquorum none\n");
    return verify_release(evidence, &policy).report.verdict;
  }
  static constexpr std::string_view kName = "test.example/t/log1/release";
  static constexpr Hash32 kSalt{0x5A};
  SigningKey key;
  Funnel funnel;
  ClosingManifest closing_of;
  std::string opening, closing;
};

TEST_F(SignedRelease, BothManifestsOfAnHonestReleaseHold) {
  EXPECT_EQ(verdict(closing), LogVerdict::kVerified);
  EXPECT_EQ(verdict(std::nullopt), LogVerdict::kVerified);
}

TEST_F(SignedRelease, ACountsReasonIsToldByName) {
  EXPECT_NE(opening.find("\"denied\":{\"SUPPRESSED\":12,\"CONSENT_WITHDRAWN\":3}"),
            std::string::npos);
  EXPECT_EQ(closing.find("SUPPRESSED"), std::string::npos);
}

TEST_F(SignedRelease, SomebodyDeliveredWhoWasNotPermittedIsFound) {
  std::vector<CommittedMember> with = members;
  with.push_back({Uuid::from_bytes(Bytes(16, 0x42)), Hash32{8}, true});
  closing_of.delivered = commit_delivered(release, with, policies);
  EXPECT_EQ(verdict(sign_closing(closing_of, kName, key)), LogVerdict::kTampered);
}

TEST_F(SignedRelease, OneManifestInPlaceOfTheOtherIsRefused) {
  EXPECT_EQ(verdict(opening), LogVerdict::kCannotTell);
}

}  // namespace
}  // namespace assent
