#include <stdexcept>
#include <vector>

#include "core/custody.h"
#include "core/root_share.h"
#include "tests/core/temporary_keys.h"

namespace assent {
namespace {

constexpr Timestamp kNow{1'790'000'000 * kSecondUs};

struct Crash : std::runtime_error {
  Crash() : std::runtime_error("crash") {}
};

class RotationTest : public KeysTest {
 protected:
  RotationTest() {
    KeyringFile file;
    auto provider = std::move(*make_root(FileRootPlace{root()}, random));
    EXPECT_TRUE(Keyring::create(*provider, keyring(), kNow, random).ok());
    const auto opened = Keyring::open(*slab, *provider, keyring());
    wrapped = opened->wrap(name, key, random);
    old_root = text_of(root());
  }
  CustodyConfig in_place() const { return {FileRootPlace{root()}, std::nullopt, keyring()}; }
  CustodyConfig to_other() const {
    return {FileRootPlace{root()}, FileRootPlace{directory / "other.key"}, keyring()};
  }
  bool still_reads(const CustodyConfig& config) {
    const auto opened = open_keyring(*slab, config);
    return opened.ok() && opened->unwrap(name, wrapped, key_commitment(key, name)).ok();
  }
  Result<RootRotation> rotate(
      const CustodyConfig& config, const FaultPoint& at = [](StaticText) {}) {
    return rotate_root(
        config, random,
        [&](const Hash32& hash, const RootRotation&) {
          announced.push_back(hash);
          return Unit{};
        },
        at);
  }
  void crash_everywhere(const CustodyConfig& config);

  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const SecretKey key{Hash32{4, 5, 6}};
  Bytes wrapped;
  std::string old_root;
  std::vector<Hash32> announced;
};

TEST_F(RotationTest, ANewFileTakesTheOldOnesNameAndTheOldRootOpensNothingMore) {
  const auto done = rotate(in_place());
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->generation, 2U);
  EXPECT_EQ(done->epochs, 1U);
  EXPECT_FALSE(done->was_done);
  EXPECT_TRUE(still_reads(in_place()));
  EXPECT_NE(text_of(root()), old_root);
  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(announced.front(), sha256(as_bytes(text_of(keyring()))));
  write(root(), old_root, 0400);
  EXPECT_FALSE(still_reads(in_place()));
}

TEST_F(RotationTest, ToANamedRootBothConfigurationsOpenItAfterwards) {
  ASSERT_TRUE(rotate(to_other()).ok());
  EXPECT_TRUE(still_reads(to_other()));
  EXPECT_TRUE(still_reads({FileRootPlace{directory / "other.key"}, std::nullopt, keyring()}));
  EXPECT_FALSE(still_reads(in_place()));
  EXPECT_EQ(text_of(root()), old_root) << "the operator's to destroy";
}

TEST_F(RotationTest, DoneTwiceToANamedRootItIsDoneOnce) {
  ASSERT_TRUE(rotate(to_other()).ok());
  const std::string after = text_of(keyring());
  const auto again = rotate(to_other());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->was_done);
  EXPECT_EQ(text_of(keyring()), after);
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(RotationTest, WhatIsNotAnnouncedDoesNotHappen) {
  const std::string before = text_of(keyring());
  const auto done = rotate_root(in_place(), random, [](const Hash32&, const RootRotation&) {
    return Status(Error{ErrorCode::kUnavailable, "the log is away"});
  });
  EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(text_of(keyring()), before);
  EXPECT_TRUE(still_reads(in_place()));
}

void RotationTest::crash_everywhere(const CustodyConfig& config) {
  std::uint32_t generation = 1;
  for (const StaticText point : kRotationFaultPoints) {
    SCOPED_TRACE(point.view());
    EXPECT_THROW(static_cast<void>(rotate(config,
                                          [&](StaticText at) {
                                            if (at == point) throw Crash();
                                          })),
                 Crash);
    EXPECT_TRUE(still_reads(config)) << "old or new, never neither";
    const auto finished = rotate(config);
    ASSERT_TRUE(finished.ok());
    EXPECT_EQ(finished->generation, ++generation) << "finished, not begun anew";
    EXPECT_TRUE(still_reads(config));
    EXPECT_FALSE(std::filesystem::exists(root().string() + ".next"));
    if (!config.next_root) continue;
    // The operator goes on from where the rotation ended.
    std::filesystem::rename(directory / "other.key", root());
  }
}

TEST_F(RotationTest, FromACrashAtAnyPointItGoesOnInPlace) {
  crash_everywhere(in_place());
}

TEST_F(RotationTest, FromACrashAtAnyPointItGoesOnToANamedRoot) {
  crash_everywhere(to_other());
}

TEST_F(RotationTest, ACrashBetweenTwoBytesOfTheKeyringLeavesTheOldOne) {
  std::ofstream(keyring().string() + ".new") << "assent-keyring 2 half";
  EXPECT_TRUE(still_reads(in_place()));
  EXPECT_TRUE(rotate(in_place()).ok());
  EXPECT_TRUE(still_reads(in_place()));
}

TEST_F(RotationTest, TwoAtATimeAreRefused) {
  const auto done = rotate(in_place(), [&](StaticText) {
    EXPECT_EQ(rotate(in_place()).error().code, ErrorCode::kBusy);
  });
  EXPECT_TRUE(done.ok());
}

TEST_F(RotationTest, TheRootItselfIsNoNextRoot) {
  const CustodyConfig config{FileRootPlace{root()}, FileRootPlace{root()}, keyring()};
  EXPECT_EQ(rotate(config).error().code, ErrorCode::kConflict);
}

TEST_F(RotationTest, ARootThatIsNoFileNeedsANamedSuccessor) {
  const CustodyConfig config{SystemdRootPlace{"root"}, std::nullopt, keyring()};
  EXPECT_EQ(rotate(config).error().code, ErrorCode::kConflict);
}

using RecoveryTest = RotationTest;

TEST_F(RecoveryTest, ALostRootComesBackFromItsShares) {
  const SecretKey secret = std::move(*read_secret_file(root()));
  const auto shares = split_root(secret, 1, 5, 3, random);
  std::filesystem::remove(root());
  ASSERT_FALSE(still_reads(in_place()));
  ShareSet set;
  for (const int i : {4, 0, 2}) {
    auto share = parse_share(share_text((*shares)[static_cast<std::size_t>(i)]).reveal());
    ASSERT_TRUE(set.add(std::move(*share)).ok());
  }
  ASSERT_TRUE(recover_root(keyring(), root(), *set.join(), set.generation()).ok());
  EXPECT_EQ(text_of(root()), old_root);
  EXPECT_TRUE(still_reads(in_place()));
}

TEST_F(RecoveryTest, AWrongRootIsNotPutInPlace) {
  std::filesystem::remove(root());
  const SecretKey wrong = new_secret_key(random);
  EXPECT_EQ(recover_root(keyring(), root(), wrong, 1).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(std::filesystem::exists(root()));
}

TEST_F(RecoveryTest, ARootThatIsThereIsNotReplaced) {
  const SecretKey secret = std::move(*read_secret_file(root()));
  EXPECT_EQ(recover_root(keyring(), root(), secret, 1).error().code, ErrorCode::kConflict);
}

TEST_F(RecoveryTest, SharesOfARootThatWasRotatedAwayAreNamedSo) {
  const SecretKey secret = std::move(*read_secret_file(root()));
  ASSERT_TRUE(rotate(in_place()).ok());
  const auto refused = recover_root(keyring(), directory / "back.key", secret, 1);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_NE(refused.error().reason.view().find("another generation"), std::string_view::npos);
}

}  // namespace
}  // namespace assent
