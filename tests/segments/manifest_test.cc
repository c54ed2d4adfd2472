#include "segments/manifest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/digest.h"

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
  EXPECT_EQ(to_hex(member_hash(golden.release, golden.members[0], golden.policies)),
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

class SignedRelease : public ::testing::Test, protected Golden {
 protected:
  SignedRelease() {
    crypto_ready();
    key = signing_key_from_seed(Hash32{1});
    vkey = verifier_key(kName, kEd25519Type, key.public_key);
    OpeningManifest m;
    m.release = release;
    m.segment = "sleeping";
    m.fields = {"contact"};
    m.policies = policies;
    m.funnel.matched = 20;
    m.funnel.denied = {{Reason::kSuppressed, 12}, {Reason::kConsentWithdrawn, 3}};
    m.permitted = commit_permitted(release, members, policies);
    opening = sign_opening(m, kName, key);
    closing_of.release = release;
    closing_of.opening = sha256(as_bytes(opening));
    closing_of.delivered = commit_delivered(release, members, policies);
    closing = sign_closing(closing_of, kName, key);
  }
  ErrorCode refusal(std::string_view first, std::optional<std::string_view> second) {
    auto checked = check_manifests(vkey, first, second, members);
    EXPECT_FALSE(checked.ok());
    return checked.ok() ? ErrorCode::kBusy : checked.error().code;
  }
  static constexpr std::string_view kName = "test.example/t/log1/release";
  SigningKey key;
  VerifierKey vkey;
  ClosingManifest closing_of;
  std::string opening, closing;
};

TEST_F(SignedRelease, BothManifestsOfAnHonestReleaseHold) {
  EXPECT_TRUE(check_manifests(vkey, opening, closing, members).ok());
  EXPECT_TRUE(check_manifests(vkey, opening, std::nullopt, members).ok());
}

TEST_F(SignedRelease, ACountsReasonIsToldByName) {
  EXPECT_NE(opening.find("\"denied\":{\"SUPPRESSED\":12,\"CONSENT_WITHDRAWN\":3}"),
            std::string::npos);
  EXPECT_EQ(closing.find("SUPPRESSED"), std::string::npos);
}

TEST_F(SignedRelease, AChangedManifestIsFound) {
  std::string changed = opening;
  changed.replace(changed.find("\"matched\":20"), 12, "\"matched\":21");
  EXPECT_EQ(refusal(changed, closing), ErrorCode::kCorrupt);
}

TEST_F(SignedRelease, AnotherKeyIsNotTheReleaseKey) {
  vkey = verifier_key(kName, kEd25519Type, signing_key_from_seed(Hash32{2}).public_key);
  EXPECT_EQ(refusal(opening, closing), ErrorCode::kCorrupt);
}

TEST_F(SignedRelease, SomebodyDeliveredWhoWasNotPermittedIsFound) {
  CommittedMember stranger{Uuid::from_bytes(Bytes(16, 0x42)), Hash32{8}, true};
  std::vector<CommittedMember> with = members;
  with.push_back(stranger);
  closing_of.delivered = commit_delivered(release, with, policies);
  EXPECT_EQ(refusal(opening, sign_closing(closing_of, kName, key)), ErrorCode::kCorrupt);
}

TEST_F(SignedRelease, AClosingManifestOfAnotherReleaseIsFound) {
  closing_of.release = ReleaseId{Uuid::from_bytes(Bytes(16, 1))};
  EXPECT_EQ(refusal(opening, sign_closing(closing_of, kName, key)), ErrorCode::kCorrupt);
  closing_of.release = release;
  closing_of.opening = Hash32{3};
  EXPECT_EQ(refusal(opening, sign_closing(closing_of, kName, key)), ErrorCode::kCorrupt);
}

TEST_F(SignedRelease, OneManifestInPlaceOfTheOtherIsRefused) {
  EXPECT_EQ(refusal(closing, opening), ErrorCode::kInvalid);
}

TEST_F(SignedRelease, WhatIsNoManifestIsRefused) {
  EXPECT_EQ(refusal("", closing), ErrorCode::kInvalid);
  EXPECT_EQ(refusal(sign_note("hello\n", kName, key), closing), ErrorCode::kInvalid);
  EXPECT_EQ(refusal(sign_note("{\"format\":7}\n", kName, key), closing), ErrorCode::kInvalid);
  EXPECT_EQ(refusal(sign_note("{\"format\":\"assent.release.opening.v1\"}\n", kName, key), closing),
            ErrorCode::kInvalid);
}

}  // namespace
}  // namespace assent
