#include <atomic>
#include <thread>

#include "core/key_epochs.h"
#include "tests/core/epoch_world.h"

namespace assent {
namespace {

TEST(KeyEpochsTest, KeysAreWrappedUnderTheEpochInUseByWhoeverRuns) {
  EpochWorld world;
  const auto before = world.make_keys(2);
  ASSERT_TRUE(world.new_epoch().ok());
  EXPECT_EQ(*epoch_in_use(world.safe), 2U);
  const auto after = world.make_keys(3);
  EXPECT_EQ(world.count("SELECT count(*) FROM subject_key WHERE kek_epoch = 2"), 3);
  EXPECT_EQ(world.opens(before), 2U);
  EXPECT_EQ(world.opens(after), 3U);
}

TEST(KeyEpochsTest, BegunTwiceItIsBegunOnce) {
  EpochWorld world;
  ASSERT_TRUE(world.new_epoch().ok());
  ASSERT_TRUE(world.epochs.begin(2).ok());
  ASSERT_TRUE(world.epochs.begin(1).ok());
  EXPECT_EQ(world.epochs.all()->size(), 2U);
}

// A process that cannot read the keyring anew must not go on with the old epoch.
TEST(KeyEpochsTest, AWrapOfAnOlderEpochIsNotTaken) {
  EpochWorld world;
  ASSERT_TRUE(world.epochs.begin(2).ok());  // The file has no epoch 2.
  const std::vector<Uuid> subject{Uuid::v4(world.random)};
  const auto refused = world.keys.create(world.tenant, subject, KeyPurpose::kFields);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(world.opens(subject), 0U);
}

TEST(KeyEpochsTest, TheColumnCannotSayAnotherEpochThanTheWrap) {
  EpochWorld world;
  const std::vector<Uuid> subject{Uuid::v4(world.random)};
  const KeyName name{world.tenant.value, subject[0], 1, KeyPurpose::kFields};
  const SecretKey key = new_secret_key(world.random);
  const std::vector<Bytes> wrap{world.keyring->now()->wrap(name, key, world.random)};
  const std::vector<Hash32> commitment{key_commitment(key, name)};
  const auto stored = [&](std::int32_t epoch) {
    return in_tx(world.safe, world.tenant, [&](Tx& tx) -> Result<bool> {
      return tx
          .query("SELECT store_keys($1, 0::smallint, $2, $3, $4, $5)",
                 {Param::array(subject), epoch, Param::array(wrap), Param::array(commitment),
                  tx.now()})[0]
          .flag(0);
    });
  };
  EXPECT_EQ(stored(2).error().code, ErrorCode::kInvalid);
  const auto fits = stored(1);
  ASSERT_TRUE(fits.ok());
  EXPECT_TRUE(*fits);
}

TEST(KeyEpochsTest, AnEpochIsNotBurnedWhileAKeyIsLeftOrItIsInUse) {
  EpochWorld world;
  EXPECT_EQ(world.epochs.begin_burn(1, {}).error().code, ErrorCode::kInvalid);
  const auto subjects = world.make_keys(1);
  ASSERT_TRUE(world.new_epoch().ok());
  EXPECT_EQ(world.epochs.begin_burn(1, {}).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(world.epochs.begin_burn(2, {}).error().code, ErrorCode::kInvalid);
  ASSERT_TRUE(world.rewrap().ok());
  ASSERT_TRUE(world.epochs.begin_burn(1, {}).ok());
  const auto all = world.epochs.all();
  EXPECT_TRUE(all->front().burn_begun_at);
  EXPECT_EQ(all->front().rewrapped, 5U) << "the tenant's four and this one";
  EXPECT_FALSE(all->front().is_burn_told);
  ASSERT_TRUE(world.epochs.end_burn(1).ok());
  EXPECT_TRUE(world.epochs.all()->front().is_burn_told);
}

// Writers work all the time while epochs begin. After each beginning nothing of an older epoch may
// appear any more, whoever had looked at the keyring before it.
TEST(KeyEpochsTest, NoWriterFallsBehindABeginning) {
  EpochWorld world;
  std::atomic<bool> stop = false;
  std::atomic<int> made = 0, refused = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back([&] {
      SystemRandom chance;
      while (!stop) {
        const std::vector<Uuid> subjects{Uuid::v4(chance), Uuid::v4(chance)};
        ++(world.keys.create(world.tenant, subjects, KeyPurpose::kFields).ok() ? made : refused);
      }
    });
  }
  for (std::int32_t epoch = 2; epoch <= 8; ++epoch) {
    const int before = made;
    EXPECT_TRUE(world.new_epoch().ok());
    Tx tx(world.rewrapper, world.tenant);
    const auto older = [&] {
      return tx.query("SELECT count(*) FROM subject_key WHERE kek_epoch < $1", {epoch})[0].integer(
          0);
    };
    const std::int64_t left = older();
    while (made < before + 20 && refused == 0) std::this_thread::yield();
    EXPECT_EQ(older(), left);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(refused, 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM subject_key WHERE purpose = 0"), 2 * made);
}

// The same without luck: whoever stores under the old epoch and has not ended yet is waited for.
TEST(KeyEpochsTest, ABeginningWaitsForWhoIsStoring) {
  EpochWorld world;
  std::atomic<bool> begun = false;
  std::thread other;
  {
    Tx tx(world.safe, world.tenant);
    const std::vector<Uuid> none;
    tx.query("SELECT store_keys($1, 0::smallint, 1, $2, $3, $4)",
             {Param::array(none), Param::array(std::vector<Bytes>{}),
              Param::array(std::vector<Hash32>{}), tx.now()});
    other = std::thread([&] {
      EXPECT_TRUE(world.new_epoch().ok());
      begun = true;
    });
    SystemClock clock;
    Database watching(TestClusters::instance().safe("postgres"), clock);
    const auto waits = [&] {
      Tx look(watching, TenantId{});
      return look.query("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'")[0]
                 .integer(0) > 0;
    };
    while (!waits()) std::this_thread::yield();
    EXPECT_FALSE(begun);
    tx.commit();
  }
  other.join();
  EXPECT_TRUE(begun);
}

TEST(KeyEpochsTest, CountsAreByEpochPurposeAndSuiteOfAllTenants) {
  EpochWorld world;
  world.make_keys(3);
  world.make_keys(2, KeyPurpose::kCertificate);
  World other;
  std::map<KeyPurpose, std::int64_t> found;
  const auto counts = world.epochs.count();
  ASSERT_TRUE(counts.ok());
  for (const WrapCount& one : *counts) {
    EXPECT_EQ(one.epoch, 1U);
    EXPECT_EQ(one.suite, 1);
    found[one.purpose] = one.keys;
  }
  EXPECT_EQ(found, (std::map<KeyPurpose, std::int64_t>{{KeyPurpose::kFields, 3},
                                                       {KeyPurpose::kIndexRoot, 4},
                                                       {KeyPurpose::kCertificate, 2},
                                                       {KeyPurpose::kTenantSecret, 4}}));
}

}  // namespace
}  // namespace assent
