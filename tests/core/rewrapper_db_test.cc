#include <atomic>
#include <thread>

#include "core/rewrapper.h"
#include "tests/core/epoch_world.h"

namespace assent {
namespace {

struct Crash {};

constexpr StaticText kLeft = "SELECT count(*) FROM subject_key WHERE kek_epoch = 1";

TEST(RewrapperTest, EveryPurposeAndTenantGoesAndOpensAsBefore) {
  EpochWorld world;
  const auto fields = world.make_keys(7);
  const auto papers = world.make_keys(2, KeyPurpose::kCertificate);
  // A tenant of which the data knows nothing: its creation died between the clusters.
  const TenantId lost{Uuid::v4(world.random)};
  ASSERT_TRUE(world.keys.create_tenant_keys(lost).ok());
  const auto root = world.keys.tenant_key(world.tenant, TenantKey::kIndexRoot);
  ASSERT_TRUE(world.new_epoch().ok());

  const auto report = world.rewrap(3);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->rewrapped, 7U + 2 + 4 + 4);
  EXPECT_EQ(report->changed, 0U);
  EXPECT_EQ(report->damaged, 0U);
  EXPECT_EQ(world.count(kLeft), 0);
  EXPECT_EQ(world.epochs.all()->front().rewrapped, 17U);
  EXPECT_EQ(world.opens(fields), 7U);
  EXPECT_EQ(world.opens(papers, KeyPurpose::kCertificate), 2U);
  const auto same = world.keys.tenant_key(world.tenant, TenantKey::kIndexRoot);
  EXPECT_EQ(to_hex(same->bytes()), to_hex(root->bytes()));
  EXPECT_EQ(world.rewrap()->rewrapped, 0U) << "again is nothing";
}

TEST(RewrapperTest, WithoutANewEpochThereIsNothingToDo) {
  EpochWorld world;
  world.make_keys(3);
  EXPECT_EQ(world.rewrap()->rewrapped, 0U);
}

TEST(RewrapperTest, AnEpochThatIsNotInUseYetIsRefused) {
  EpochWorld world;
  ASSERT_TRUE(add_newest_epoch(world.custody, 1, world.clock.now(), world.random, [](auto, auto&) {
                return Unit{};
              }).ok());
  EXPECT_EQ(world.rewrap().error().code, ErrorCode::kConflict);
}

TEST(RewrapperTest, FromADeathAtAnyPointItGoesOn) {
  for (const StaticText point : Rewrapper::kFaultPoints) {
    SCOPED_TRACE(point.view());
    EpochWorld world;
    const auto subjects = world.make_keys(10);
    ASSERT_TRUE(world.new_epoch().ok());
    int reached = 0;
    EXPECT_THROW(static_cast<void>(world.rewrap(4,
                                                [&](StaticText at) {
                                                  if (at == point && ++reached == 2) throw Crash{};
                                                })),
                 Crash);
    const std::int64_t left = world.count(kLeft);
    EXPECT_GT(left, 0);
    EXPECT_LT(left, 14);
    EXPECT_EQ(world.opens(subjects), 10U);
    const auto rest = world.rewrap(4);
    ASSERT_TRUE(rest.ok());
    EXPECT_EQ(rest->rewrapped, static_cast<std::uint64_t>(left));
    EXPECT_EQ(world.count(kLeft), 0);
    EXPECT_EQ(world.epochs.all()->front().rewrapped, 14U) << "each key counted once";
    EXPECT_EQ(world.opens(subjects), 10U);
  }
}

TEST(RewrapperTest, AKeyThatIsDestroyedMeanwhileStaysDestroyed) {
  EpochWorld world;
  const auto subjects = world.make_keys(5);
  ASSERT_TRUE(world.new_epoch().ok());
  bool once = false;
  const auto report = world.rewrap(Rewrapper::kBatchMax, [&](StaticText at) {
    if (at != StaticText("rewrap.opened") || std::exchange(once, true)) return;
    world.destroy({subjects[1], subjects[3]});  // Between the look and the new wraps.
  });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changed, 2U);
  EXPECT_EQ(report->rewrapped, 7U);
  EXPECT_EQ(world.opens(subjects), 3U);
  EXPECT_EQ(world.count("SELECT count(*) FROM subject_key WHERE purpose = 0"), 3);
}

TEST(RewrapperTest, AKeyThatIsReplacedMeanwhileStaysTheNewer) {
  EpochWorld world;
  const auto subjects = world.make_keys(2);
  ASSERT_TRUE(world.new_epoch().ok());
  bool once = false;
  const auto report = world.rewrap(Rewrapper::kBatchMax, [&](StaticText at) {
    if (at != StaticText("rewrap.opened") || std::exchange(once, true)) return;
    world.destroy({subjects[0]});
    ASSERT_TRUE(
        world.keys.create(world.tenant, std::span(&subjects[0], 1), KeyPurpose::kFields).ok());
  });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changed, 1U);
  EXPECT_EQ(world.opens(subjects), 2U) << "its own wrap, of its own key";
}

TEST(RewrapperTest, ADamagedWrapIsNamedLeftAndDoesNotHoldUpTheRest) {
  EpochWorld world;
  const auto subjects = world.make_keys(4);
  Database owner(TestClusters::instance().safe("assent_owner"), world.clock);
  ASSERT_TRUE(in_tx(owner, world.tenant, [&](Tx& tx) -> Status {
                tx.exec(
                    "UPDATE subject_key SET wrapped = set_byte(wrapped, 77, "
                    "get_byte(wrapped, 77) # 1) WHERE subject = $1",
                    {subjects[2]});
                return Unit{};
              }).ok());
  ASSERT_TRUE(world.new_epoch().ok());
  const auto report = world.rewrap(2);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->damaged, 1U);
  ASSERT_TRUE(report->first_damaged);
  EXPECT_EQ(report->first_damaged->subject, subjects[2]);
  EXPECT_EQ(report->rewrapped, 7U);
  EXPECT_EQ(world.count(kLeft), 1);
  EXPECT_EQ(world.epochs.begin_burn(1, {}).error().code, ErrorCode::kInvalid);
}

TEST(RewrapperTest, NoReadFailsAndNoErasureIsLostWhileRoundsGoOn) {
  EpochWorld world;
  const auto kept = world.make_keys(60);
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0, reads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto fetched = world.keys.fetch(world.tenant, kept, KeyPurpose::kFields);
        if (!fetched.ok() || fetched->size() != kept.size()) ++failed;
        ++reads;
      }
    });
  }
  std::vector<Uuid> gone;
  std::atomic<int> lost = 0;
  std::thread eraser([&] {
    while (!stop) {
      const auto subjects = world.make_keys(3);
      world.destroy(subjects);
      gone.insert(gone.end(), subjects.begin(), subjects.end());
      if (world.opens(subjects) != 0) ++lost;
    }
  });
  for (std::uint32_t epoch = 1; epoch <= 6; ++epoch) {
    EXPECT_TRUE(world.new_epoch().ok());
    EXPECT_TRUE(world.rewrap(16).ok());
    EXPECT_TRUE(world.burn(epoch).ok());
    const int before = reads;
    while (reads < before + 3) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  eraser.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(lost, 0);
  EXPECT_FALSE(gone.empty());
  EXPECT_EQ(world.opens(gone), 0U);
  EXPECT_EQ(world.opens(kept), kept.size());
}

TEST(RewrapperTest, TwoAtOnceRewrapEachKeyOnce) {
  EpochWorld world;
  const auto subjects = world.make_keys(200);
  ASSERT_TRUE(world.new_epoch().ok());
  std::uint64_t done[2] = {0, 0};
  std::vector<std::thread> both;
  Database second(TestClusters::instance().safe("assent_rewrapper"), world.clock);
  Database* const roles[2] = {&world.rewrapper, &second};
  for (int i = 0; i < 2; ++i) {
    both.emplace_back([&, i] {
      const auto report = Rewrapper(
                              *roles[i], *world.keyring, world.random, [](StaticText) {}, 10)
                              .run([](std::uint64_t) {});
      ASSERT_TRUE(report.ok());
      done[i] = report->rewrapped;
    });
  }
  for (std::thread& one : both) one.join();
  EXPECT_EQ(done[0] + done[1], 204U);
  EXPECT_EQ(world.epochs.all()->front().rewrapped, 204U);
  EXPECT_EQ(world.opens(subjects), 200U);
}

// Nobody but assent_rewrapper moves a wrap, and it does nothing else.
TEST(RewrapperTest, ARoleThatMovesWrapsDoesNothingElse) {
  EpochWorld world;
  world.make_keys(1);
  const auto refused = [](Database& role, TenantId tenant, StaticText sql) {
    const auto done = in_tx(role, tenant, [&](Tx& tx) -> Status {
      tx.exec(sql);
      return Unit{};
    });
    return !done.ok() && done.error().code == ErrorCode::kDenied;
  };
  constexpr StaticText kNotTheRewrapper[] = {"UPDATE subject_key SET wrapped = wrapped",
                                             "UPDATE subject_key SET kek_epoch = 1",
                                             "DELETE FROM subject_key",
                                             "INSERT INTO subject_key SELECT * FROM subject_key",
                                             "UPDATE key_epoch SET rewrapped = 0",
                                             "DELETE FROM key_epoch",
                                             "SELECT * FROM tombstone",
                                             "SELECT * FROM token"};
  for (const StaticText sql : kNotTheRewrapper) {
    EXPECT_TRUE(refused(world.rewrapper, world.tenant, sql)) << sql.view();
  }
  constexpr StaticText kNotTheApp[] = {"UPDATE subject_key SET wrapped = wrapped",
                                       "INSERT INTO subject_key SELECT * FROM subject_key",
                                       "SELECT begin_key_epoch(2, now())",
                                       "SELECT begin_epoch_burn(1, NULL, now())",
                                       "SELECT rewrap_keys('{}', '{}', '{}', '{}', '{}', '{}')"};
  for (const StaticText sql : kNotTheApp) {
    EXPECT_TRUE(refused(world.safe, world.tenant, sql)) << sql.view();
  }
  EXPECT_TRUE(refused(world.key_destroyer, world.tenant, "UPDATE subject_key SET kek_epoch = 1"));
}

}  // namespace
}  // namespace assent
