#include "core/root_share.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>

#include "core/digest.h"

namespace assent {
namespace {

class RootShareTest : public ::testing::Test {
 protected:
  RootShareTest() { crypto_ready(); }
  std::vector<RootShare> split(int shares, int threshold) {
    auto made = split_root(root, 3, shares, threshold, random);
    EXPECT_TRUE(made.ok());
    return std::move(*made);
  }
  static RootShare copy(const RootShare& share) {
    return std::move(*parse_share(share_text(share).reveal()));
  }
  // What the shares of the bits of `chosen` give.
  static Result<SecretKey> join(const std::vector<RootShare>& shares, unsigned chosen) {
    ShareSet set;
    for (unsigned i = 0; i < shares.size(); ++i) {
      if ((chosen >> i & 1U) == 0) continue;
      EXPECT_TRUE(set.add(copy(shares[i])).ok());
    }
    return set.join();
  }
  static std::string text_of(const RootShare& share) {
    return std::string(share_text(share).reveal());
  }

  SystemRandom random;
  SecretKey root = new_secret_key(random);
};

TEST_F(RootShareTest, EverySubsetThatIsLargeEnoughGivesTheRootBackAndNoSmallerOne) {
  const auto shares = split(5, 3);
  for (unsigned chosen = 1; chosen < 32; ++chosen) {
    const auto joined = join(shares, chosen);
    if (std::popcount(chosen) < 3) {
      EXPECT_EQ(joined.error().code, ErrorCode::kInvalid) << chosen;
    } else {
      ASSERT_TRUE(joined.ok()) << chosen;
      EXPECT_EQ(to_hex(joined->bytes()), to_hex(root.bytes())) << chosen;
    }
  }
}

TEST_F(RootShareTest, SharesThatClaimToSufficeAndDoNotGiveAnotherKey) {
  auto shares = split(5, 3);
  for (RootShare& share : shares) share.threshold = 2;  // A forger's.
  const auto joined = join(shares, 0b00011);
  ASSERT_TRUE(joined.ok());
  EXPECT_NE(to_hex(joined->bytes()), to_hex(root.bytes()));
}

TEST_F(RootShareTest, TwoOfTwoAndAllOf255Work) {
  EXPECT_EQ(to_hex(join(split(2, 2), 0b11)->bytes()), to_hex(root.bytes()));
  const auto many = split(255, 255);
  ShareSet set;
  for (const RootShare& share : many) ASSERT_TRUE(set.add(copy(share)).ok());
  EXPECT_EQ(to_hex(set.join()->bytes()), to_hex(root.bytes()));
}

TEST_F(RootShareTest, NumbersThatCannotBeAreRefused) {
  for (const auto& [shares, threshold] :
       {std::pair{1, 1}, {3, 1}, {3, 4}, {256, 2}, {0, 0}, {3, -1}}) {
    const auto made = split_root(root, 1, shares, threshold, random);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, ErrorCode::kInvalid);
  }
}

TEST_F(RootShareTest, AnyCharacterThatIsChangedIsNoticed) {
  const std::string text = text_of(split(3, 2)[0]);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == ' ' || text[at] == '\n') continue;
    std::string changed = text;
    changed[at] = changed[at] == '0' ? '1' : '0';
    EXPECT_FALSE(parse_share(changed).ok()) << at;
  }
}

TEST_F(RootShareTest, AMissingOrDoubledGroupIsNoticed) {
  const std::string text = text_of(split(3, 2)[0]);
  EXPECT_EQ(parse_share(text.substr(5)).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(parse_share(text.substr(0, 5) + text).error().code, ErrorCode::kInvalid);
  std::string swapped = text;
  std::swap_ranges(swapped.begin() + 50, swapped.begin() + 54, swapped.begin() + 55);
  EXPECT_EQ(parse_share(swapped).error().code, ErrorCode::kCorrupt);
}

TEST_F(RootShareTest, CommentsSpacingAndCaseDoNotMatter) {
  const RootShare share = copy(split(3, 2)[1]);
  std::string typed = text_of(share);
  std::ranges::replace(typed, '\n', '-');
  std::ranges::transform(typed, typed.begin(),
                         [](char c) { return static_cast<char>(std::toupper(c)); });
  const auto read = parse_share("# share 7 of 9\r\n\t" + typed + "\r\n# the end");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(text_of(*read), text_of(share));
  EXPECT_EQ(read->number, 2);
  EXPECT_EQ(read->generation, 3U);
}

TEST_F(RootShareTest, SharesOfAnotherSplitAndDoublesAreRefused) {
  const auto one = split(3, 2);
  const auto other = split(3, 2);
  ShareSet set;
  ASSERT_TRUE(set.add(copy(one[0])).ok());
  EXPECT_EQ(set.missing(), 1U);
  EXPECT_EQ(set.add(copy(other[1])).error().code, ErrorCode::kConflict);
  EXPECT_EQ(set.add(copy(one[0])).error().code, ErrorCode::kConflict);
  EXPECT_EQ(set.missing(), 1U);
  ASSERT_TRUE(set.add(copy(one[2])).ok());
  EXPECT_EQ(set.missing(), 0U);
}

}  // namespace
}  // namespace assent
