#include "api/key_epochs.h"
#include "api/key_status.h"
#include "api/maintenance.h"
#include "audit/leaf.h"
#include "core/file.h"
#include "core/vacuum.h"
#include "tests/api/api_world.h"
#include "tests/core/epoch_world.h"

namespace assent {
namespace {

struct Crash {};

// An installation whose safe nobody else uses.
class KeyActsTest : public ::testing::Test {
 protected:
  KeyActsTest() {
    for (int i = 0; i < 6; ++i) subjects.push_back(Uuid::v4(services.random));
    EXPECT_TRUE(services.keys.create(world.tenant(), subjects, KeyPurpose::kFields).ok());
  }

  // What the installation's log says by now, of this test.
  std::vector<Leaf> entries(AuditEvent event) {
    std::vector<Leaf> found;
    Tx tx(services.data, TenantId{});
    const Rows rows = tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1 ORDER BY outbox_id",
                               {TenantId{}});
    for (const auto& row : rows) {
      const auto leaf = decode(row.view(0));
      if (leaf.ok() && leaf->event == event && leaf->time >= began) found.push_back(*leaf);
    }
    return found;
  }
  std::vector<std::uint32_t> epochs_of_keyring() {
    std::vector<std::uint32_t> numbers;
    const auto keyring = read_keyring(services.config.custody.keyring);
    for (const auto& epoch : keyring->epochs) numbers.push_back(epoch.number);
    return numbers;
  }
  bool everything_opens() {
    const auto fields = services.keys.fetch(world.tenant(), subjects, KeyPurpose::kFields);
    return fields.ok() && fields->size() == subjects.size() &&
           services.keys.tenant_key(world.tenant(), TenantKey::kIndexRoot).ok();
  }
  void round(const FaultPoint& at) {
    const auto open = is_round_open(services);
    ASSERT_TRUE(open.ok());
    const bool is_begun = epochs_of_keyring().back() > *epoch_in_use(services.safe);
    if (!*open || is_begun) {
      ASSERT_TRUE(begin_epoch(services, at).ok());
    }
    ASSERT_TRUE(rewrap_keys(
                    services, [](std::uint64_t) {}, at)
                    .ok());
    ASSERT_TRUE(burn_epochs(services, at).ok());
  }

  EmptySafe fresh;
  ApiWorld world;
  Services& services = world.services();
  Timestamp began = services.clock.now();
  std::vector<Uuid> subjects;
  using Numbers = std::vector<std::uint32_t>;
};

TEST_F(KeyActsTest, ARoundIsInTheLogWithItsCounts) {
  const Hash32 first = read_keyring(services.config.custody.keyring)->epochs.front().commitment;
  const auto begun = begin_epoch(services);
  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(begun->number, 2U);
  const auto created = entries(AuditEvent::kKeyEpochCreated);
  ASSERT_EQ(created.size(), 1U);
  EXPECT_EQ(created[0].id, begun->leaf);
  EXPECT_EQ(created[0].result_count, 2U);
  EXPECT_EQ(created[0].object_kind, ObjectKind::kKey);
  EXPECT_EQ(created[0].record_hash,
            read_keyring(services.config.custody.keyring)->epochs.back().commitment);

  const auto refused = burn_epochs(services);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(epochs_of_keyring(), (Numbers{1, 2}));

  ASSERT_TRUE(rewrap_keys(services, [](std::uint64_t) {}).ok());
  const auto burned = burn_epochs(services);
  ASSERT_TRUE(burned.ok());
  ASSERT_EQ(burned->size(), 1U);
  EXPECT_EQ(burned->front().counts, (BurnCounts{1, 10, 0, 0}));
  const auto told = entries(AuditEvent::kKekEpochBurned);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].id, burned->front().leaf);
  EXPECT_EQ(std::get<BurnCounts>(told[0].ext), (BurnCounts{1, 10, 0, 0}));
  EXPECT_EQ(told[0].record_hash, first);
  EXPECT_EQ(epochs_of_keyring(), (Numbers{2}));
  EXPECT_TRUE(everything_opens());
  EXPECT_EQ(services.keyring->now()->current_epoch(), 2U);
  EXPECT_TRUE(burn_epochs(services)->empty()) << "again is nothing";
  EXPECT_EQ(entries(AuditEvent::kKekEpochBurned).size(), 1U);
}

// A destroyed wrap must lie in no file of the safe any more when the key that opened it goes.
TEST_F(KeyActsTest, ABurnRunsTheVacuumFirstWhereKeysWereDestroyedUnderTheEpoch) {
  Database destroyer(TestClusters::instance().safe("assent_key_destroyer"), services.clock);
  ASSERT_TRUE(in_tx(destroyer, world.tenant(), [&](Tx& tx) -> Status {
                tx.exec("DELETE FROM subject_key WHERE subject = $1", {subjects[0]});
                tx.exec(
                    "INSERT INTO tombstone (tenant, subject, destroyed_at, keys, commitments, "
                    "kek_epoch) VALUES ($1, $2, $3, 1, $4, 1)",
                    {tx.tenant(), subjects[0], tx.now(), Bytes(32)});
                return Unit{};
              }).ok());
  std::vector<std::string> swept;
  const auto burn = [&] {
    return burn_epochs(
        services, [](StaticText) {},
        [&](StaticText cluster) { swept.emplace_back(cluster.view()); });
  };
  ASSERT_TRUE(begin_epoch(services).ok());
  const auto refused = burn();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_TRUE(swept.empty()) << "keys are left: nothing is swept for nothing";

  ASSERT_TRUE(rewrap_keys(services, [](std::uint64_t) {}).ok());
  const auto burned = burn();
  ASSERT_TRUE(burned.ok());
  EXPECT_EQ(burned->front().counts.destroyed, 1U);
  EXPECT_EQ(swept, (std::vector<std::string>{"safe", "data"}));
  const auto told = entries(AuditEvent::kTablesVacuumed);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_GT(told[0].result_count, 40U);
  EXPECT_LT(told[0].time, entries(AuditEvent::kKekEpochBurned)[0].time);

  ASSERT_TRUE(begin_epoch(services).ok());
  ASSERT_TRUE(rewrap_keys(services, [](std::uint64_t) {}).ok());
  ASSERT_TRUE(burn().ok());
  EXPECT_EQ(swept.size(), 2U) << "nothing was destroyed under the next one";
}

TEST_F(KeyActsTest, AVacuumIsOverdueAfterTwoDaysAndTheMetricsTellItsTime) {
  EXPECT_FALSE(*is_vacuum_overdue(services)) << "of a safe that has just been made";
  const Timestamp before = services.clock.now();
  const auto done = vacuum_clusters(services);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(entries(AuditEvent::kTablesVacuumed)[0].id, done->leaf);
  EXPECT_GE(**last_vacuum(services.safe), before);
  EXPECT_NE(world.as("administrator", Method::kGet, "/metrics")
                .body.find("assent_tables_vacuumed_timestamp_seconds{clusters=\"both\"} " +
                           std::to_string((*last_vacuum(services.safe))->us / kSecondUs)),
            std::string::npos);
  Database owner(TestClusters::instance().safe("assent_owner"), services.clock);
  ASSERT_TRUE(in_tx(owner, TenantId{}, [](Tx& tx) -> Status {
                tx.exec("UPDATE vacuum_run SET begun_at = $1",
                        {Timestamp{tx.now().us - kVacuumDaysMax * kDayUs - kSecondUs}});
                return Unit{};
              }).ok());
  EXPECT_TRUE(*is_vacuum_overdue(services));
}

TEST_F(KeyActsTest, EpochsThatWereNotBurnedInTimeGoTogetherTheOldestFirst) {
  ASSERT_TRUE(begin_epoch(services).ok());
  ASSERT_TRUE(begin_epoch(services).ok());
  EXPECT_EQ(epochs_of_keyring(), (Numbers{1, 2, 3}));
  ASSERT_TRUE(rewrap_keys(services, [](std::uint64_t) {}).ok());
  const auto burned = burn_epochs(services);
  ASSERT_TRUE(burned.ok());
  ASSERT_EQ(burned->size(), 2U);
  EXPECT_EQ((*burned)[0].counts, (BurnCounts{1, 10, 0, 0}));
  EXPECT_EQ((*burned)[1].counts, (BurnCounts{2, 0, 0, 0}));
  EXPECT_EQ(epochs_of_keyring(), (Numbers{3}));
  EXPECT_TRUE(everything_opens());
}

TEST_F(KeyActsTest, OneWorksAtATime) {
  ASSERT_TRUE(begin_epoch(services, [&](StaticText) {
                EXPECT_EQ(rewrap_keys(services, [](std::uint64_t) {}).error().code,
                          ErrorCode::kBusy);
                EXPECT_EQ(burn_epochs(services).error().code, ErrorCode::kBusy);
                EXPECT_EQ(begin_epoch(services).error().code, ErrorCode::kBusy);
              }).ok());
}

class KeyActsCrashTest : public KeyActsTest, public ::testing::WithParamInterface<StaticText> {};
INSTANTIATE_TEST_SUITE_P(Epochs, KeyActsCrashTest, ::testing::ValuesIn(kEpochFaultPoints));
INSTANTIATE_TEST_SUITE_P(Rewrap, KeyActsCrashTest, ::testing::ValuesIn(Rewrapper::kFaultPoints));

TEST_P(KeyActsCrashTest, ADeathAnywhereLeavesTheLogTrueAndIsFinishedByTheSameCommands) {
  bool reached = false;
  try {
    round([&](StaticText at) {
      if (at != GetParam()) return;
      reached = true;
      throw Crash{};
    });
  } catch (const Crash&) {
  }
  ASSERT_TRUE(reached) << "the point was never reached";
  EXPECT_TRUE(everything_opens());
  const Numbers left = epochs_of_keyring();
  if (!entries(AuditEvent::kKekEpochBurned).empty()) {
    EXPECT_EQ(left, (Numbers{2})) << "the log tells of no burn that has not been";
  }
  EXPECT_TRUE(left.back() == 1 || !entries(AuditEvent::kKeyEpochCreated).empty());

  round([](StaticText) {});
  EXPECT_EQ(epochs_of_keyring().size(), 1U);
  EXPECT_TRUE(everything_opens());
  const auto told = entries(AuditEvent::kKekEpochBurned);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(std::get<BurnCounts>(told[0].ext), (BurnCounts{1, 10, 0, 0}));
  std::set<std::uint64_t> epochs;
  for (const Leaf& leaf : told) {
    EXPECT_TRUE(epochs.insert(std::get<BurnCounts>(leaf.ext).epoch).second) << "told twice";
  }
  EXPECT_FALSE(*is_round_open(services));
  EXPECT_FALSE(std::filesystem::exists(services.config.custody.keyring.string() + ".burned"));
}

TEST_F(KeyActsTest, TheStatusSaysWhatIsLeftAndWhichCommandGoesOn) {
  EXPECT_TRUE(key_status(services)->warnings.empty());
  ASSERT_TRUE(begin_epoch(services).ok());
  const auto open = key_status(services);
  ASSERT_EQ(open->warnings.size(), 1U);
  EXPECT_NE(open->warnings[0].find("assent keys rewrap"), std::string::npos);
  ASSERT_EQ(open->epochs.size(), 2U);
  EXPECT_EQ(open->epochs[0].keys.at(KeyPurpose::kFields), 6);
  EXPECT_EQ(open->epochs[0].suites.at(1), 10);
  EXPECT_TRUE(open->epochs[1].keys.empty());
  ASSERT_TRUE(rewrap_keys(services, [](std::uint64_t) {}).ok());
  EXPECT_EQ(key_status(services)->epochs[0].rewrapped, 10U);
  try {
    (void)burn_epochs(services, [](StaticText at) {
      if (at == StaticText("burn.noted")) throw Crash{};
    });
  } catch (const Crash&) {
  }
  EXPECT_NE(key_status(services)->warnings.at(0).find("assent keys burn"), std::string::npos);
}

TEST_F(KeyActsTest, TheMetricsTellTheAgeAndWhatIsLeft) {
  const auto metrics = [&] { return world.as("administrator", Method::kGet, "/metrics").body; };
  EXPECT_NE(
      metrics().find("assent_key_epoch_created_timestamp_seconds{epoch=\"1\"} " +
                     std::to_string(services.keyring->now()->current_since()->us / kSecondUs)),
      std::string::npos);
  EXPECT_NE(metrics().find("assent_key_round_open{epoch=\"1\"} 0\n"), std::string::npos);
  ASSERT_TRUE(begin_epoch(services).ok());
  EXPECT_NE(metrics().find("assent_key_round_open{epoch=\"2\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace assent
