#include "audit/log_policy.h"

#include <gtest/gtest.h>

#include "tests/audit/sample_log.h"

namespace assent {
namespace {

SigningKey key(std::uint8_t seed) {
  return signing_key_from_seed(Bytes(32, seed));
}

std::string witness_vkey(std::uint8_t seed) {
  return format_vkey(verifier_key("w" + std::to_string(seed) + ".example", kCosignatureType,
                                  key(seed).public_key));
}

std::string log_line() {
  const std::string text = SampleLog().policy_text();
  return text.substr(0, text.find('\n') + 1);
}

std::string witness_line(std::uint8_t seed) {
  return "witness W" + std::to_string(seed) + " " + witness_vkey(seed) + "\n";
}

// The example of c2sp.org/tlog-policy: two of X and any of Y. X is 11 to 13, Y is 21 to 23.
std::string two_level_policy() {
  std::string text = log_line();
  for (std::uint8_t seed : {11, 12, 13, 21, 22, 23}) text += witness_line(seed);
  return text +
         "group X-witnesses 2 W11 W12 W13\n\n# the second organisation\n"
         "group Y-witnesses any W21 W22 W23\n"
         "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n";
}

std::string cosigned(std::initializer_list<std::uint8_t> witnesses) {
  SampleLog log(5);
  std::string text = log.checkpoint();
  const std::string body = format_checkpoint(log.head(5));
  for (std::uint8_t seed : witnesses) {
    text += cosignature_line("w" + std::to_string(seed) + ".example", key(seed), body, 1000 + seed);
  }
  return text;
}

PolicyCheck check(const std::string& policy, const std::string& checkpoint) {
  const auto parsed = LogPolicy::parse(policy);
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().reason.view());
  const auto head = parse_signed_checkpoint(checkpoint);
  EXPECT_TRUE(head.ok());
  return parsed->check(*head);
}

TEST(LogPolicyTest, AQuorumOfNestedGroupsIsCounted) {
  const std::string policy = two_level_policy();
  EXPECT_TRUE(check(policy, cosigned({11, 13, 22})).quorum);
  EXPECT_TRUE(check(policy, cosigned({11, 12, 13, 21, 22, 23})).quorum);
  EXPECT_FALSE(check(policy, cosigned({11, 22, 23})).quorum);
  EXPECT_FALSE(check(policy, cosigned({11, 12, 13})).quorum);
  EXPECT_FALSE(check(policy, cosigned({})).quorum);
  const PolicyCheck some = check(policy, cosigned({11, 22}));
  EXPECT_EQ(some.log, PolicyCheck::Log::kValid);
  EXPECT_EQ(some.witnesses_valid, 2u);
  EXPECT_EQ(some.witnesses_known, 6u);
  EXPECT_EQ(some.newest_cosigned_s, 1022u);
}

TEST(LogPolicyTest, OneWitnessSigningTwiceCountsOnce) {
  EXPECT_FALSE(check(two_level_policy(), cosigned({11, 11, 22})).quorum);
}

TEST(LogPolicyTest, AForgedCosignatureIsSeen) {
  SampleLog log(5);
  const std::string line = cosignature_line("w11.example", key(11), "another text\n", 5);
  const PolicyCheck result = check(two_level_policy(), log.checkpoint() + line);
  EXPECT_TRUE(result.forged_witness);
  EXPECT_EQ(result.witnesses_valid, 0u);
}

TEST(LogPolicyTest, ALogIsKnownByItsOriginAndItsKey) {
  SampleLog log(5);
  SampleLog impostor(5, 2);
  const std::string policy = log.policy_text();
  EXPECT_EQ(check(policy, log.checkpoint()).log, PolicyCheck::Log::kValid);
  EXPECT_EQ(check(policy, impostor.checkpoint()).log, PolicyCheck::Log::kUnsigned);
  EXPECT_EQ(check("quorum none\n", log.checkpoint()).log, PolicyCheck::Log::kUnknownLog);
  // The log's key under another origin is not this log.
  const std::string other =
      sign_note("other.example\n5\n" + to_base64(Hash32{}) + "\n", SampleLog::kOrigin, log.key);
  EXPECT_EQ(check(policy, other).log, PolicyCheck::Log::kUnknownLog);
}

// A fork renames the log and keeps the key; a policy may list that only once.
TEST(LogPolicyTest, AKeySpeaksForTheNameBeforeAForkOnlyWhereThatIsAsked) {
  SampleLog before(5);
  SampleLog after(5);
  after.origin = "cdp.example/acme/log2";
  const auto older = *parse_signed_checkpoint(before.checkpoint());
  const auto newer = *parse_signed_checkpoint(after.checkpoint());
  EXPECT_EQ(after.policy().check(older).log, PolicyCheck::Log::kUnknownLog);
  EXPECT_EQ(after.policy().check(older, OriginRule::kEarlierToo).log, PolicyCheck::Log::kValid);
  EXPECT_EQ(before.policy().check(newer, OriginRule::kEarlierToo).log,
            PolicyCheck::Log::kUnknownLog);
  const auto stranger = *parse_signed_checkpoint(SampleLog(5, 2).checkpoint());
  EXPECT_EQ(after.policy().check(stranger, OriginRule::kEarlierToo).log,
            PolicyCheck::Log::kUnsigned);
}

TEST(LogPolicyTest, AWitnessMayBeTheQuorumItself) {
  const std::string policy = log_line() + witness_line(11) + "quorum W11\n";
  EXPECT_TRUE(check(policy, cosigned({11})).quorum);
  EXPECT_FALSE(check(policy, cosigned({12})).quorum);
}

TEST(LogPolicyTest, AWitnessOfAnUnknownKeyTypeNeverCounts) {
  Bytes typed{0x06};
  typed.resize(1 + 1312, 9);
  Bytes hashed;
  put(hashed, std::string_view("pq.example\n"));
  put(hashed, ByteView(typed));
  const std::string vkey =
      "pq.example+" + to_hex(ByteView(sha256(hashed)).first(4)) + "+" + to_base64(typed);
  const PolicyCheck result =
      check(log_line() + "witness PQ " + vkey + "\nquorum PQ\n", cosigned({}));
  EXPECT_FALSE(result.quorum);
  EXPECT_EQ(result.witnesses_known, 1u);
}

TEST(LogPolicyTest, SpacesTabsCommentsAndUrlsAreAllowed) {
  const std::string log = log_line();
  EXPECT_TRUE(LogPolicy::parse("  # Kommentar \xD1\x8F\n\n \t" + log.substr(0, log.size() - 1) +
                               "\thttps://cdp.example \nquorum\tnone\n")
                  .ok());
}

TEST(LogPolicyTest, WhatIsNoPolicyIsRefusedWithItsLine) {
  const std::string w11 = witness_line(11);
  const std::string w12 = witness_line(12);
  const struct {
    const char* what;
    std::string text;
    std::uint64_t line;
  } kCases[] = {
      {"no quorum", log_line(), 1},
      {"two quorums", "quorum none\nquorum none\n", 2},
      {"quorum of nobody", "quorum W11\n", 1},
      {"quorum before its witness", "quorum W11\n" + w11, 1},
      {"unknown word", "trust everyone\nquorum none\n", 1},
      {"no newline", "quorum none", 1},
      {"control character", "quorum\rnone\n", 1},
      {"same log twice", log_line() + log_line() + "quorum none\n", 2},
      {"same witness twice", w11 + "witness W99 " + witness_vkey(11) + "\nquorum none\n", 2},
      {"same name twice", w11 + "witness W11 " + witness_vkey(12) + "\nquorum none\n", 2},
      {"name none", "witness none " + witness_vkey(11) + "\nquorum none\n", 1},
      {"log key as witness", "witness W " + log_line().substr(4) + "quorum none\n", 1},
      {"witness key as log", "log " + witness_vkey(11) + "\nquorum none\n", 1},
      {"group of nobody", w11 + "group G all\nquorum none\n", 2},
      {"threshold 0", w11 + "group G 0 W11\nquorum none\n", 2},
      {"threshold over the members", w11 + "group G 2 W11\nquorum none\n", 2},
      {"member twice", w11 + "group G any W11 W11\nquorum none\n", 2},
      {"member of two groups", w11 + w12 + "group G any W11 W12\ngroup H any W11\nquorum none\n",
       4},
      {"member none", w11 + "group G any none\nquorum none\n", 2},
      {"group of itself", w11 + "group G any G\nquorum none\n", 2},
  };
  for (const auto& c : kCases) {
    const auto policy = LogPolicy::parse(c.text);
    ASSERT_FALSE(policy.ok()) << c.what;
    ASSERT_TRUE(policy.error().position) << c.what;
    EXPECT_EQ(policy.error().position->line, c.line) << c.what;
  }
}

TEST(LogPolicyTest, ThirtyTwoOfEachAreReadAndNotWithoutEnd) {
  std::string text;
  for (std::uint8_t seed = 1; seed <= 32; ++seed) {
    text +=
        "log " +
        format_vkey(verifier_key("l" + std::to_string(seed), kEd25519Type, key(seed).public_key)) +
        "\n" + witness_line(seed) + "group G" + std::to_string(seed) + " all W" +
        std::to_string(seed) + "\n";
  }
  EXPECT_TRUE(LogPolicy::parse(text + "quorum G32\n").ok());
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += "group N" + std::to_string(i) + " any " +
            (i == 0 ? "W11" : "N" + std::to_string(i - 1)) + "\n";
  }
  const auto policy = LogPolicy::parse(witness_line(11) + many + "quorum none\n");
  EXPECT_EQ(policy.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(LogPolicy::parse(std::string(70'000, '\n')).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace assent
