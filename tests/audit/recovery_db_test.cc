// A database that is older than its published log gets its entries back.
#include <gtest/gtest.h>

#include "audit/leaf.h"
#include "audit/origin.h"
#include "core/file.h"
#include "tests/audit/restored.h"

namespace assent {
namespace {

// 6 entries, then a backup; then entries up to 705, signed; then the restore.
class RecoveryTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kSigned = 705;

  RecoveryTest() {
    world.act_times(5);
    world.run_log();
    before_loss = world.newest_checkpoint();
    backup.emplace(world);
    act_anew(world, 299);
    act_anew(world, 398);
    world.run_log();
    newest = world.newest_checkpoint();
    backup->restore(world);
  }
  std::uint64_t entries() {
    return static_cast<std::uint64_t>(
        world.count("SELECT count(*) FROM audit_leaf WHERE tenant = $1"));
  }
  Leaf last_entry() {
    Tx tx(world.data, world.tenant);
    LogStore store(tx, world.tenant);
    const auto size = store.head().size;
    return *decode(store.entries(size - 1, size).at(0).leaf);
  }
  void expect_refused(LogCondition condition, std::optional<std::string> file = std::nullopt) {
    const LogSurvey found = recoverer.survey();
    EXPECT_EQ(found.condition, condition);
    ASSERT_EQ(found.file.has_value(), file.has_value());
    if (file) {
      EXPECT_EQ(tile_file_path(*found.file), *file);
    }
    EXPECT_EQ(recoverer.recovery.replay(found, world.journal, world.act, {}).error().code,
              ErrorCode::kInvalid);
    EXPECT_EQ(entries(), 6U);
    EXPECT_EQ(world.count("SELECT count(*) FROM audit_outbox WHERE tenant = $1"), 0);
  }

  LogWorld world;
  std::string before_loss;
  std::string newest;
  std::optional<LogBackup> backup;
  Recoverer recoverer{world};
};

TEST_F(RecoveryTest, TheEntriesComeBackAndTheSignerGoesOnByItself) {
  EXPECT_TRUE(world.check_problem().has_value());
  EXPECT_EQ(world.sign().refused.size(), 1U);
  const LogSurvey found = recoverer.survey();
  EXPECT_EQ(found.condition, LogCondition::kBehind);
  EXPECT_EQ(found.database_size(), 6U);
  EXPECT_EQ(found.signed_size(), kSigned);
  recoverer.run();
  EXPECT_FALSE(world.check_problem().has_value());
  EXPECT_EQ(entries(), kSigned + 2);  // The writer of the recovery, and what it tells.
  const Leaf told = last_entry();
  EXPECT_EQ(told.event, AuditEvent::kLogRecovered);
  EXPECT_EQ(std::get<RecoveredLog>(told.ext), (RecoveredLog{6, kSigned}));
  EXPECT_EQ(told.object, world.tenant.value);
  EXPECT_EQ(told.result_count, kSigned - 6);
  world.run_log();
  for (const std::string& since : {before_loss, newest}) {
    const BundleReport report = world.verify(world.bundle(), since);
    EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
    EXPECT_EQ(report.extends, Extends::kYes);
    EXPECT_EQ(report.gaps, 0U);
  }
}

TEST_F(RecoveryTest, ThePublishedCheckpointIsBackBeforeAnythingNewIsSigned) {
  recoverer.run();
  EXPECT_EQ(world.newest_checkpoint(), newest);
}

TEST_F(RecoveryTest, ASessionThatIsNewGetsANumberThatNoEntryHas) {
  recoverer.run();
  act_anew(world, 3);
  world.run_log();
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.gaps, 0U);
  EXPECT_EQ(report.writers, 5U);  // Three of before, the recovery's, the new one.
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_writer WHERE tenant = $1"), 5);
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_writer w WHERE tenant = $1 AND last_seq <> "
                        "(SELECT max(('x' || encode(substring(leaf FROM 136 FOR 8), "
                        "'hex'))::bit(64)::bigint) FROM audit_leaf l WHERE l.tenant = w.tenant "
                        "AND substring(leaf FROM 132 FOR 4) = int4send(w.writer_id))"),
            0);
}

TEST_F(RecoveryTest, NothingIsMissingIsSaidOfASoundLog) {
  recoverer.run();
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kSound);
  world.run_log();
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kSound);
}

// -- It dies

TEST_F(RecoveryTest, DeadBetweenTwoStepsItIsFinishedByTheNextRun) {
  Recoverer small(world, kTileWidth);
  const auto die_in = [&](int steps) {
    EXPECT_THROW((void)small.recovery.replay(small.survey(), world.journal, world.act,
                                             [&](std::uint64_t, std::uint64_t) {
                                               if (--steps == 0) throw std::runtime_error("dead");
                                             }),
                 std::runtime_error);
  };
  die_in(1);
  EXPECT_EQ(entries(), 256U);
  EXPECT_EQ(world.check_problem()->error.reason.view(),
            "a recovery of the log was begun and not finished: 'assent audit recover' goes on with "
            "it");
  die_in(1);
  EXPECT_EQ(entries(), 512U);
  small.run();
  EXPECT_EQ(std::get<RecoveredLog>(last_entry().ext), (RecoveredLog{6, kSigned}));
  EXPECT_EQ(entries(), kSigned + 2);
  world.run_log();
  EXPECT_EQ(world.verify(world.bundle(), newest).report.verdict, LogVerdict::kVerified);
}

TEST_F(RecoveryTest, NobodyNumbersALogThatIsHalfBack) {
  Recoverer small(world, kTileWidth);
  EXPECT_THROW((void)small.recovery.replay(
                   small.survey(), world.journal, world.act,
                   [](std::uint64_t, std::uint64_t) { throw std::runtime_error("dead"); }),
               std::runtime_error);
  act_anew(world, 1);
  ASSERT_EQ(world.sequence().refused.size(), 1U);
  EXPECT_EQ(entries(), 256U);
}

// -- What waited

TEST(RecoveryOutboxTest, WhatHasItsNumberLeavesTheOutboxAndTheRestIsNumbered) {
  LogWorld world;
  world.act_times(5);
  world.run_log();
  act_anew(world, 2);  // Will be numbered.
  const auto lost = in_tx(world.eraser, world.tenant, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kEraseRequested));
  });
  const LogBackup backup(world);
  Tx forget(world.superuser, world.tenant);
  forget.exec("DELETE FROM audit_outbox WHERE tenant = $1 AND event_id = $2",
              {world.tenant, *lost});
  forget.exec(
      "DELETE FROM audit_outbox WHERE tenant = $1 AND outbox_id > (SELECT min(outbox_id) + "
      "2 FROM audit_outbox WHERE tenant = $1)",
      {world.tenant});
  forget.commit();
  world.run_log();
  const std::string newest = world.newest_checkpoint();
  backup.restore(world);
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_outbox WHERE tenant = $1"), 5);
  Recoverer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_outbox WHERE tenant = $1"), 0);
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(LogStore(tx, world.tenant).index_of(*lost), 10U);
  world.run_log();
  const BundleReport report = world.verify(world.bundle(), newest);
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.gaps, 0U);
}

TEST_F(RecoveryTest, ActsThatWereWrittenToTheRestoredDatabaseFirstAreNotMixedIn) {
  act_anew(world, 1);  // Its session has the number of one that the published entries know.
  const LogSurvey found = recoverer.survey();
  EXPECT_EQ(found.condition, LogCondition::kRefused);
  EXPECT_EQ(found.why->code, ErrorCode::kConflict);
  EXPECT_EQ(entries(), 6U);
}

// -- Files that are not what was signed

TEST_F(RecoveryTest, ADamagedEntryIsRefusedByTheNameOfItsFile) {
  flip_byte(published_of(world) / "tile/entries/001", 700);
  expect_refused(LogCondition::kFilesBad, "tile/entries/001");
}

TEST_F(RecoveryTest, ADamagedTileIsRefusedByItsName) {
  for (const char* name : {"tile/0/001", "tile/0/002.p/193", "tile/1/000.p/2"}) {
    flip_byte(published_of(world) / name, 40);
    expect_refused(LogCondition::kFilesBad, name);
    flip_byte(published_of(world) / name, 40);
  }
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kBehind);
}

TEST_F(RecoveryTest, AMissingTileIsNotNeededAndMissingEntriesAre) {
  std::filesystem::remove_all(published_of(world) / "tile" / "0");
  std::filesystem::remove_all(published_of(world) / "tile" / "1");
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kBehind);
  std::filesystem::remove(published_of(world) / "tile/entries/000");
  expect_refused(LogCondition::kFilesBad, "tile/entries/000");
}

TEST_F(RecoveryTest, AFileThatChangesAfterTheLookIsNotTaken) {
  const LogSurvey found = recoverer.survey();
  flip_byte(published_of(world) / "tile/entries/002.p/193", 300);
  EXPECT_EQ(recoverer.recovery.replay(found, world.journal, world.act, {}).error().code,
            ErrorCode::kCorrupt);
  EXPECT_EQ(entries(), 6U);
}

TEST_F(RecoveryTest, AForgedEntryWithAForgedTileIsRefused) {
  // As who can write the files, but not sign, would: leaf and hash fit each other.
  FileTiles files(published_of(world));
  auto leaves = *files.entries(1, 256);
  leaves[7] = leaves[8];
  auto hashes = *files.tile({0, 1, 256});
  hashes[7] = hashes[8];
  const auto entries = published_of(world) / "tile/entries/001";
  ASSERT_TRUE(replace_file(entries, *encode_entries(leaves), 0644).ok());
  ASSERT_TRUE(replace_file(published_of(world) / "tile/0/001", join_hashes(hashes), 0644).ok());
  const LogSurvey found = recoverer.survey();
  EXPECT_EQ(found.condition, LogCondition::kFilesBad);
  EXPECT_TRUE(found.file.has_value());
}

TEST_F(RecoveryTest, ACheckpointUnderAnotherKeyIsRefusedWithItsListOfKeys) {
  const SigningKey forger = signing_key_from_seed(Hash32{9});
  const Checkpoint larger{world.log_origin, 900, Hash32{1}};
  const auto published = world.signer_config().published;
  ASSERT_TRUE(publish_checkpoint(published, world.tenant, sign_checkpoint(larger, forger)).ok());
  expect_refused(LogCondition::kRefused);  // Not by the log's key.
  ASSERT_TRUE(
      publish_keys(published, world.tenant, world.log_origin, {{0, forger.public_key}}).ok());
  ASSERT_TRUE(tell_last_signed(published, world.tenant, sign_checkpoint(larger, forger)).ok());
  expect_refused(LogCondition::kRefused);  // By a key that did not sign what the database has.
}

TEST_F(RecoveryTest, ADatabaseThatDoesNotVerifyIsNotBuiltUpon) {
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 100, get_byte(leaf, 100) # 1) "
      "WHERE tenant = $1 AND idx = 2");
  const LogSurvey found = recoverer.survey();
  EXPECT_EQ(found.condition, LogCondition::kRefused);
  EXPECT_EQ(found.entry, 2U);
}

TEST_F(RecoveryTest, ADatabaseOfAnotherHistoryIsToldFromOneThatIsOlder) {
  const LogBackup empty = [&] {
    LogWorld other;
    return LogBackup(other);
  }();
  empty.restore(world);
  act_anew(world, 20);
  world.sequence();
  const LogSurvey shorter = recoverer.survey();
  EXPECT_EQ(shorter.condition, LogCondition::kOtherHistory);
  act_anew(world, 800);
  world.sequence();
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kOtherHistory);
}

// -- What the signer alone knows

TEST_F(RecoveryTest, WhatWasSignedAndNotPublishedComesBackToo) {
  const auto published = world.signer_config().published;
  ASSERT_TRUE(publish_checkpoint(published, world.tenant, before_loss).ok());
  EXPECT_TRUE(world.check_problem().has_value());  // The start hears of it as well.
  recoverer.run();
  EXPECT_EQ(entries(), kSigned + 2);
  EXPECT_EQ(world.newest_checkpoint(), before_loss);
  EXPECT_TRUE(world.sign().refused.empty());
  EXPECT_FALSE(std::filesystem::exists(published_of(world) / "signed"));
  EXPECT_EQ(world.verify(world.bundle(), newest).report.verdict, LogVerdict::kVerified);
}

TEST_F(RecoveryTest, WithoutTheSignersWordNothingIsDone) {
  std::filesystem::remove(published_of(world) / "signed");
  expect_refused(LogCondition::kRefused);
  ASSERT_TRUE(tell_last_signed(world.signer_config().published, world.tenant, before_loss).ok());
  expect_refused(LogCondition::kRefused);  // A state that is older than what was published.
}

// -- Other losses

TEST_F(RecoveryTest, ADatabaseOfBeforeTheFirstEntryGetsAllOfThem) {
  const LogBackup empty = [&] {
    LogWorld other;
    return LogBackup(other);
  }();
  empty.restore(world);
  recoverer.run();
  EXPECT_EQ(std::get<RecoveredLog>(last_entry().ext), (RecoveredLog{0, kSigned}));
  world.run_log();
  EXPECT_EQ(world.verify(world.bundle(), newest).report.verdict, LogVerdict::kVerified);
}

TEST_F(RecoveryTest, ACheckpointThatAloneIsMissingComesBackWithoutAnEntry) {
  recoverer.run();
  world.run_log();
  const std::string signed_last = world.newest_checkpoint();
  const auto size = entries();
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1");
  EXPECT_TRUE(world.check_problem().has_value());
  recoverer.run();
  EXPECT_EQ(world.newest_checkpoint(), signed_last);
  EXPECT_EQ(entries(), size);
  EXPECT_FALSE(world.check_problem().has_value());
}

TEST_F(RecoveryTest, TheLogOfATenantThatTheDatabaseLostComesBackUnderItsName) {
  world.tamper("DELETE FROM tenant WHERE tenant = $1");
  recoverer.run();
  EXPECT_EQ(world.head().origin, world.log_origin);
  EXPECT_TRUE(world.sign().refused.empty());
  EXPECT_FALSE(world.check_problem().has_value());
}

}  // namespace
}  // namespace assent
