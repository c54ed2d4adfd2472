#include "core/epoch_custody.h"

#include <stdexcept>
#include <vector>

#include "core/file.h"
#include "tests/core/temporary_keys.h"

namespace assent {
namespace {

constexpr Timestamp kNow{1'790'000'000 * kSecondUs};
constexpr const char* kOldRoot = ASSENT_SOURCE_DIR "/tests/golden/crypto/keyring_v1_root";
constexpr const char* kOldKeyring = ASSENT_SOURCE_DIR "/tests/golden/crypto/keyring_v1";

struct Crash : std::runtime_error {
  Crash() : std::runtime_error("crash") {}
};

FaultPoint dying_at(StaticText point) {
  return [point](StaticText at) {
    if (at == point) throw Crash();
  };
}

class EpochCustodyTest : public KeysTest {
 protected:
  EpochCustodyTest() {
    auto provider = std::move(*make_root(config.root, random));
    EXPECT_TRUE(Keyring::create(*provider, keyring(), kNow, random).ok());
  }
  Result<NewestEpoch> add(
      std::uint32_t in_use, const FaultPoint& at = [](StaticText) {}) {
    return add_newest_epoch(
        config, in_use, kNow, random,
        [&](std::uint32_t epoch, const Hash32& commitment) {
          announced.emplace_back(epoch, commitment);
          return Unit{};
        },
        at);
  }
  std::vector<std::uint32_t> epochs() {
    std::vector<std::uint32_t> numbers;
    const auto file = read_keyring(keyring());
    EXPECT_TRUE(file.ok() && open_keyring(*slab, config).ok());
    for (const auto& epoch : file->epochs) numbers.push_back(epoch.number);
    return numbers;
  }
  std::filesystem::path old_name() const { return keyring().string() + ".burned"; }

  using Numbers = std::vector<std::uint32_t>;
  const CustodyConfig config{FileRootPlace{root()}, std::nullopt, keyring()};
  std::vector<std::pair<std::uint32_t, Hash32>> announced;
};

TEST_F(EpochCustodyTest, ANewEpochIsAnnouncedWithTheCommitmentThatTheFileHas) {
  const auto added = add(1);
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(added->number, 2U);
  EXPECT_FALSE(added->was_added);
  EXPECT_EQ(epochs(), (Numbers{1, 2}));
  const auto file = read_keyring(keyring());
  ASSERT_EQ(announced.size(), 1U);
  EXPECT_EQ(announced[0].first, 2U);
  EXPECT_EQ(announced[0].second, file->epochs.back().commitment);
  EXPECT_EQ(file->epochs.back().created_at, kNow);
}

TEST_F(EpochCustodyTest, WhatIsNotAnnouncedDoesNotHappen) {
  const std::string before = text_of(keyring());
  const auto refused = add_newest_epoch(config, 1, kNow, random, [](auto, auto&) {
    return Status(Error{ErrorCode::kUnavailable, "the log is away"});
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(text_of(keyring()), before);
}

TEST_F(EpochCustodyTest, AnEpochThatIsNotInUseYetIsTheNewOne) {
  ASSERT_TRUE(add(1).ok());
  const auto again = add(1);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->was_added);
  EXPECT_EQ(again->number, 2U);
  EXPECT_EQ(epochs(), (Numbers{1, 2}));
  EXPECT_EQ(announced.size(), 1U);
}

TEST_F(EpochCustodyTest, FromADeathAnywhereItGoesOn) {
  EXPECT_THROW(static_cast<void>(add(1, dying_at("new_epoch.announced"))), Crash);
  EXPECT_EQ(epochs(), (Numbers{1}));
  EXPECT_THROW(static_cast<void>(add(1, dying_at("new_epoch.added"))), Crash);
  EXPECT_EQ(epochs(), (Numbers{1, 2}));
  EXPECT_EQ(announced.size(), 2U) << "announced twice, the last one holds";
  EXPECT_TRUE(add(1)->was_added);
  EXPECT_EQ(read_keyring(keyring())->epochs.back().commitment, announced.back().second);
}

TEST_F(EpochCustodyTest, AnOldKeyringOrOneOfTheOldFormGetsNoEpoch) {
  EXPECT_EQ(add(2).error().code, ErrorCode::kConflict);
  write(root(), text_of(kOldRoot), 0400);
  write(keyring(), text_of(kOldKeyring));
  const auto refused = add(1);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_NE(refused.error().reason.view().find("rotate-root"), std::string_view::npos);
  EXPECT_TRUE(announced.empty());
}

TEST_F(EpochCustodyTest, ABurnedEpochIsGoneAndTheOldBytesAreOverwritten) {
  ASSERT_TRUE(add(1).ok());
  const std::string before = text_of(keyring());
  std::ifstream held(keyring());  // The old file, whatever becomes of its name.
  ASSERT_TRUE(drop_epoch(config, 1).ok());
  EXPECT_EQ(epochs(), (Numbers{2}));
  std::stringstream left;
  left << held.rdbuf();
  EXPECT_EQ(left.str(), std::string(before.size(), '\0'));
  EXPECT_FALSE(std::filesystem::exists(old_name()));
  EXPECT_TRUE(drop_epoch(config, 1).ok()) << "again is nothing";
  EXPECT_EQ(epochs(), (Numbers{2}));
}

TEST_F(EpochCustodyTest, TheNewestEpochIsNotBurned) {
  EXPECT_EQ(drop_epoch(config, 1).error().code, ErrorCode::kConflict);
  EXPECT_EQ(epochs(), (Numbers{1}));
}

// The second name is one of the keyring in use until the rename: to overwrite it then would be the
// end of the installation.
TEST_F(EpochCustodyTest, ADeathBeforeTheRenameCostsNothing) {
  ASSERT_TRUE(add(1).ok());
  EXPECT_THROW(static_cast<void>(drop_epoch(config, 1, dying_at("burn.linked"))), Crash);
  ASSERT_TRUE(std::filesystem::equivalent(old_name(), keyring()));
  EXPECT_EQ(epochs(), (Numbers{1, 2}));
  ASSERT_TRUE(drop_epoch(config, 1).ok());
  EXPECT_EQ(epochs(), (Numbers{2}));
  EXPECT_FALSE(std::filesystem::exists(old_name()));
}

TEST_F(EpochCustodyTest, ADeathAfterTheRenameStillGetsTheOldBytesOverwritten) {
  ASSERT_TRUE(add(1).ok());
  std::ifstream held(keyring());
  EXPECT_THROW(static_cast<void>(drop_epoch(config, 1, dying_at("burn.dropped"))), Crash);
  EXPECT_EQ(epochs(), (Numbers{2}));
  EXPECT_TRUE(std::filesystem::exists(old_name()));
  ASSERT_TRUE(drop_epoch(config, 1).ok());
  EXPECT_FALSE(std::filesystem::exists(old_name()));
  EXPECT_EQ(held.get(), '\0');
}

}  // namespace
}  // namespace assent
