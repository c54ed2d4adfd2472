#include "core/live_keyring.h"

#include <atomic>
#include <thread>

#include "core/custody.h"
#include "core/epoch_custody.h"
#include "tests/core/temporary_keys.h"
#include "tests/support/fake_clock.h"

namespace assent {
namespace {

constexpr Timestamp kNow{1'790'000'000 * kSecondUs};

class LiveKeyringTest : public KeysTest {
 protected:
  LiveKeyringTest() {
    auto provider = std::move(*make_root(config.root, random));
    EXPECT_TRUE(Keyring::create(*provider, keyring(), kNow, random).ok());
    auto ticking = std::make_unique<FakeClock>();
    clock = ticking.get();
    live = std::move(*LiveKeyring::open(
        keyring(),
        [this] {
          ++opened;
          return open_keyring(*slab, config);
        },
        std::move(ticking)));
  }
  void add() {
    const std::uint32_t in_use = open_keyring(*slab, config)->current_epoch();
    ASSERT_TRUE(
        add_newest_epoch(config, in_use, kNow, random, [](auto, auto&) { return Unit{}; }).ok());
  }

  const CustodyConfig config{FileRootPlace{root()}, std::nullopt, keyring()};
  const KeyName name{Uuid::v4(random), Uuid::v4(random), 1, KeyPurpose::kFields};
  const SecretKey key{Hash32{4, 5, 6}};
  const Hash32 commitment = key_commitment(key, name);
  std::atomic<int> opened = 0;
  FakeClock* clock = nullptr;  // The live keyring's.
  std::unique_ptr<LiveKeyring> live;
};

TEST_F(LiveKeyringTest, AFileThatDoesNotChangeIsOpenedOnce) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(live->now()->current_epoch(), 1U);
  EXPECT_EQ(opened, 1);
}

TEST_F(LiveKeyringTest, ANewEpochWrapsAndTheOldOneStillOpens) {
  const Bytes old = live->now()->wrap(name, key, random);
  add();
  EXPECT_EQ(live->now()->current_epoch(), 2U);
  EXPECT_TRUE(live->now()->unwrap(name, old, commitment).ok());
  EXPECT_EQ(*wrapped_epoch(live->now()->wrap(name, key, random)), 2U);
}

TEST_F(LiveKeyringTest, ABurnedKeyLeavesTheMemoryWithItsLastUser) {
  add();
  auto user = live->now();
  const Bytes old = wrap_key(SecretKey(Hash32{}), 1, name, key, random);
  EXPECT_EQ(slab->size(), 2U);
  ASSERT_TRUE(drop_epoch(config, 1).ok());
  EXPECT_FALSE(live->now()->has_epoch_of(old));
  EXPECT_TRUE(user->has_epoch_of(old)) << "whoever is at work ends it as it began";
  EXPECT_EQ(slab->size(), 3U);
  user.reset();
  EXPECT_EQ(slab->size(), 1U);
}

TEST_F(LiveKeyringTest, ARotatedRootIsFollowed) {
  const Bytes old = live->now()->wrap(name, key, random);
  ASSERT_TRUE(rotate_root(config, random, [](auto&, auto&) { return Unit{}; }).ok());
  EXPECT_TRUE(live->now()->unwrap(name, old, commitment).ok());
  EXPECT_EQ(opened, 2);
}

TEST_F(LiveKeyringTest, AFileThatDoesNotOpenLeavesTheOneOfBeforeAndIsTriedAgain) {
  const std::string good = text_of(keyring());
  write(keyring(), "epoch two\n");
  EXPECT_EQ(live->now()->current_epoch(), 1U);
  ASSERT_TRUE(live->failure());
  EXPECT_EQ(live->failure()->code, ErrorCode::kCorrupt);
  const int tried = opened;
  EXPECT_EQ(live->now()->current_epoch(), 1U);
  EXPECT_EQ(opened, tried) << "not for every request";
  clock->advance_us(11 * kSecondUs);
  EXPECT_EQ(live->now()->current_epoch(), 1U);
  EXPECT_GT(opened, tried);
  write(keyring(), good);
  EXPECT_EQ(live->now()->current_epoch(), 1U);
  EXPECT_FALSE(live->failure());
}

// A device counts the PINs that were wrong.
TEST_F(LiveKeyringTest, ARootThatRefusesIsTriedOnceForAFile) {
  ::chmod(root().c_str(), 0444);
  write(keyring(), text_of(keyring()) + "\n");
  EXPECT_EQ(live->now()->current_epoch(), 1U);
  EXPECT_EQ(live->failure()->code, ErrorCode::kDenied);
  EXPECT_EQ(opened, 2);
  clock->advance_days(1);
  EXPECT_EQ(live->now()->current_epoch(), 1U);
  EXPECT_EQ(opened, 2);
  ::chmod(root().c_str(), 0400);
  add();
  EXPECT_EQ(live->now()->current_epoch(), 2U);
}

TEST_F(LiveKeyringTest, ManyWorkWhileEpochsComeAndGo) {
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      SystemRandom chance;
      while (!stop) {
        const auto held = live->now();
        const Bytes wrap = held->wrap(name, key, chance);
        if (!held->unwrap(name, wrap, commitment).ok()) ++failed;
        if (live->failure()) ++failed;
      }
    });
  }
  for (std::uint32_t epoch = 1; epoch <= 10; ++epoch) {
    add();
    ASSERT_TRUE(drop_epoch(config, epoch).ok());
  }
  stop = true;
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(live->now()->current_epoch(), 11U);
  EXPECT_EQ(slab->size(), 1U);
}

}  // namespace
}  // namespace assent
