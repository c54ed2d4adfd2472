#include "audit/witness_request.h"

#include <gtest/gtest.h>

#include "tests/audit/sample_log.h"

namespace assent {
namespace {

// The body that c2sp.org/tlog-witness shows.
constexpr const char* kExample =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+"
    "ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q="
    "\n";

ErrorCode refused(const std::string& body) {
  const auto request = parse_add_checkpoint(body);
  EXPECT_FALSE(request.ok()) << body;
  return request.ok() ? ErrorCode::kCorrupt : request.error().code;
}

TEST(WitnessRequestTest, TheExampleOfTheSpecificationIsRead) {
  const auto request = parse_add_checkpoint(kExample);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->old_size, 20852014u);
  EXPECT_EQ(request->proof.size(), 4u);
  EXPECT_EQ(to_base64(request->proof[2]), "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=");
  EXPECT_EQ(request->head.checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(request->head.checkpoint.size, 20852163u);
  EXPECT_EQ(request->head.note.signatures.size(), 2u);
  const std::string note = std::string(kExample).substr(std::string(kExample).find("\n\n") + 2);
  EXPECT_EQ(format_add_checkpoint(request->old_size, request->proof, note), kExample);
}

TEST(WitnessRequestTest, AFirstRequestHasNoProof) {
  const SampleLog log(3);
  const auto request = parse_add_checkpoint("old 0\n\n" + log.checkpoint());
  ASSERT_TRUE(request.ok());
  EXPECT_TRUE(request->proof.empty());
  EXPECT_EQ(request->head.checkpoint, log.head(3));
}

TEST(WitnessRequestTest, WhatIsNotOfTheFormIsRefused) {
  const std::string note = SampleLog(3).checkpoint();
  const std::string hash = to_base64(Hash32{});
  for (const std::string& bad : {std::string(),
                                 std::string("old 0"),
                                 std::string("old 0\n"),
                                 std::string("old 0\n\n"),
                                 "\n" + note,
                                 "Old 0\n\n" + note,
                                 "old  0\n\n" + note,
                                 "old 00\n\n" + note,
                                 "old -1\n\n" + note,
                                 "old +1\n\n" + note,
                                 "old 18446744073709551616\n\n" + note,
                                 "old\n\n" + note,
                                 "old 0\r\n\r\n" + note,
                                 "old 0 \n\n" + note,
                                 "old 1\n" + hash + "\n" + note,
                                 "old 1\n" + hash.substr(0, 40) + "\n\n" + note,
                                 "old 1\n" + hash + "=\n\n" + note,
                                 "old 1\n " + hash + "\n\n" + note,
                                 "old 0\n\n" + note + "\n",
                                 "old 0\n\n" + note.substr(0, note.size() - 1),
                                 std::string("old 0\n\nnot a checkpoint\n")}) {
    EXPECT_EQ(refused(bad), ErrorCode::kInvalid);
  }
}

TEST(WitnessRequestTest, ProofAndBodyHaveTheirBounds) {
  const std::string note = SampleLog(3).checkpoint();
  const auto lines = [](std::size_t count) { return HashPath(count, Hash32{}); };
  EXPECT_TRUE(parse_add_checkpoint(format_add_checkpoint(1, lines(63), note)).ok());
  EXPECT_EQ(refused(format_add_checkpoint(1, lines(64), note)), ErrorCode::kTooLarge);
  EXPECT_EQ(refused(std::string(kNoteBytesMax + 1, '\n')), ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace assent
