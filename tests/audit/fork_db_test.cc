// A log that cannot be put back goes on openly: under a new origin, with an entry that says so, by
// the word of two operators.
#include <gtest/gtest.h>

#include "audit/fork_acceptance.h"
#include "audit/leaf.h"
#include "audit/origin.h"
#include "core/file.h"
#include "tests/audit/restored.h"

namespace assent {
namespace {

constexpr std::uint64_t kKept = 6;
constexpr std::uint64_t kSigned = 306;

// 6 entries, then a backup; then entries up to 306, signed; then the restore, and the published
// entries are gone.
class ForkTest : public testing::Test {
 protected:
  ForkTest() {
    world.act_times(5);
    world.run_log();
    before_loss = world.newest_checkpoint();
    backup.emplace(world);
    act_anew(world, 299);
    world.run_log();
    newest = world.newest_checkpoint();
    old_origin = world.log_origin;
    new_origin = *next_origin(old_origin);
    backup->restore(world);
    std::filesystem::remove_all(published_of(world) / "tile" / "entries");
  }

  Result<std::string> fork() {
    return recoverer.recovery.fork(recoverer.survey(), world.journal, world.act);
  }
  void fork_and_number() {
    const auto done = fork();
    ASSERT_TRUE(done.ok()) << done.error().reason.view();
    EXPECT_EQ(*done, new_origin);
    EXPECT_TRUE(world.sequence().refused.empty());
  }
  Result<AcceptedFork> accept() {
    world.signer.reset();
    return accept_fork(world.signer_role, world.key, world.signer_config(), world.tenant);
  }
  void go_on() {
    fork_and_number();
    const auto accepted = accept();
    ASSERT_TRUE(accepted.ok()) << accepted.error().reason.view();
    world.restart_signer();
    world.log_origin = new_origin;
    world.run_log();
  }
  std::string state_note() {
    return *read_file(world.signer_config().state / (world.tenant.text() + ".checkpoint"),
                      kNoteBytesMax);
  }

  LogWorld world;
  std::optional<LogBackup> backup;
  std::string before_loss;
  std::string newest;
  std::string old_origin;
  std::string new_origin;
  Recoverer recoverer{world};
};

TEST_F(ForkTest, TheLogGoesOnWithWhatTheDatabaseHasAndNamesTheOldHead) {
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kFilesBad);
  go_on();
  act_anew(world, 3);
  world.run_log();
  EXPECT_FALSE(world.check_problem().has_value());
  const BundleReport report = world.verify(world.bundle());
  EXPECT_EQ(report.report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(report.header->origin, new_origin);
  EXPECT_EQ(report.gaps, 0U);
  ASSERT_EQ(report.forks.size(), 1U);
  EXPECT_EQ(report.forks[0].entry, kKept + 1);  // After the opening of its writer.
  const Checkpoint old = parse_signed_checkpoint(newest)->checkpoint;
  EXPECT_EQ(report.forks[0].what, (ForkedLog{kKept, kSigned, old.root}));
}

TEST_F(ForkTest, WhoHoldsAnOlderCheckpointSeesIt) {
  go_on();
  const std::string bundle = world.bundle(ExportRequest{0, {}, before_loss});
  EXPECT_EQ(world.verify(bundle, before_loss).extends, Extends::kYes);
  EXPECT_EQ(world.verify(bundle, before_loss).report.verdict, LogVerdict::kVerified);
  const BundleReport seen = world.verify(bundle, newest);
  EXPECT_EQ(seen.report.verdict, LogVerdict::kTampered);
  EXPECT_EQ(seen.report.findings[0].entry, kKept + 1);
}

TEST_F(ForkTest, NothingIsSignedUntilTheSignersOperatorAccepts) {
  fork_and_number();
  const LogRound round = world.sign();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.reason.view(),
            "the log has a new origin: was it forked openly? Then 'assent-signer accept-fork'");
  EXPECT_EQ(world.check_problem()->error.reason.view(),
            "the log was forked: its signer's operator runs 'assent-signer accept-fork' and starts "
            "the signer");
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kRefused);
}

TEST_F(ForkTest, WhatWasSignedAndPublishedBeforeStaysReadable) {
  const std::string keys = *read_file(published_of(world) / "keys", kNoteBytesMax);
  go_on();
  EXPECT_EQ(*read_file(published_of(world) / "log1" / "checkpoint", kNoteBytesMax), newest);
  EXPECT_EQ(*read_file(published_of(world) / "log1" / "keys", kNoteBytesMax), keys);
  EXPECT_TRUE(std::filesystem::exists(published_of(world) / "log1" / "tile" / "0" / "000"));
  EXPECT_EQ(*read_file(world.signer_config().state / "log1" / (world.tenant.text() + ".checkpoint"),
                       kNoteBytesMax),
            newest);
  EXPECT_EQ(parse_signed_checkpoint(*read_file(published_of(world) / "checkpoint", kNoteBytesMax))
                ->checkpoint.origin,
            new_origin);
}

TEST_F(ForkTest, TheKeyOfTheNewNameIsThereForWitnessesBeforeTheFirstCheckpoint) {
  fork_and_number();
  ASSERT_TRUE(accept().ok());
  const std::string keys = *read_file(published_of(world) / "keys", kNoteBytesMax);
  EXPECT_EQ(keys, format_log_keys(new_origin, {{0, world.key.public_key}}));
  EXPECT_FALSE(std::filesystem::exists(published_of(world) / "checkpoint"));
  EXPECT_FALSE(world.check_problem().has_value());
}

TEST_F(ForkTest, AnEntryThatNamesAnotherHeadIsNotAccepted) {
  LogSurvey other = recoverer.survey();
  other.newest.root = Hash32{5};
  ASSERT_TRUE(recoverer.recovery.fork(other, world.journal, world.act).ok());
  world.sequence();
  const std::string before = state_note();
  EXPECT_EQ(accept().error().code, ErrorCode::kConflict);
  EXPECT_EQ(state_note(), before);
  EXPECT_TRUE(std::filesystem::exists(published_of(world) / "checkpoint"));
}

TEST_F(ForkTest, AnEntryThatIsNotInTheTreeIsNotAccepted) {
  fork_and_number();
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(leaf, 240, get_byte(leaf, 240) # 1) "
      "WHERE tenant = $1 AND substring(leaf FROM 6 FOR 2) = '\\x0106'::bytea");
  EXPECT_EQ(accept().error().code, ErrorCode::kConflict);  // It names another size.
  world.tamper(
      "UPDATE audit_leaf SET leaf = set_byte(set_byte(leaf, 240, get_byte(leaf, 240) # 1), 125, 1) "
      "WHERE tenant = $1 AND substring(leaf FROM 6 FOR 2) = '\\x0106'::bytea");
  EXPECT_EQ(accept().error().code, ErrorCode::kCorrupt);
}

TEST_F(ForkTest, WithoutAForkNothingIsAccepted) {
  EXPECT_EQ(accept().error().code, ErrorCode::kConflict);
}

TEST_F(ForkTest, ItIsAcceptedOnceAndAnAcceptanceThatDiedIsRepeated) {
  fork_and_number();
  const std::string old_state = state_note();
  const auto keys = world.signer_config().state / (world.tenant.text() + ".keys");
  const std::string old_keys = *read_file(keys, kNoteBytesMax);
  ASSERT_TRUE(accept().ok());
  EXPECT_EQ(accept().error().code, ErrorCode::kConflict);
  // Dead before the new state, with the new list of keys or without it.
  const auto file = world.signer_config().state / (world.tenant.text() + ".checkpoint");
  ASSERT_TRUE(replace_file(file, old_state, 0600).ok());
  ASSERT_TRUE(accept().ok());
  ASSERT_TRUE(replace_file(file, old_state, 0600).ok());
  ASSERT_TRUE(replace_file(keys, old_keys, 0600).ok());
  ASSERT_TRUE(accept().ok());
  world.restart_signer();
  EXPECT_TRUE(world.sign().refused.empty());
}

TEST_F(ForkTest, ItIsNotForARunningSignerOrAnotherKey) {
  fork_and_number();
  EXPECT_EQ(
      accept_fork(world.signer_role, world.key, world.signer_config(), world.tenant).error().code,
      ErrorCode::kBusy);
  world.signer.reset();
  EXPECT_EQ(accept_fork(world.signer_role, signing_key_from_seed(Hash32{9}), world.signer_config(),
                        world.tenant)
                .error()
                .code,
            ErrorCode::kCorrupt);
}

TEST_F(ForkTest, ALogWhoseDatabaseHasAnotherHistoryCanOnlyFork) {
  act_anew(world, 400);
  world.sequence();
  EXPECT_EQ(recoverer.survey().condition, LogCondition::kOtherHistory);
  go_on();
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
  EXPECT_EQ(world.verify(world.bundle(), newest).report.verdict, LogVerdict::kTampered);
}

// A backup of after the fork, and one of before it.
TEST_F(ForkTest, AForkedLogIsRecoveredLikeAnyOther) {
  go_on();
  const LogBackup forked(world);
  act_anew(world, 10);
  world.run_log();
  const std::string signed_last = world.newest_checkpoint();
  for (const LogBackup& from : {forked, *backup}) {
    from.restore(world);
    Recoverer(world).run();
    EXPECT_EQ(world.head().origin, new_origin);
    world.run_log();
    EXPECT_EQ(world.verify(world.bundle(), signed_last).report.verdict, LogVerdict::kVerified);
    EXPECT_FALSE(world.check_problem().has_value());
  }
}

TEST(ForkRefusedTest, ALogThatCanBePutBackIsNotForked) {
  LogWorld world;
  world.act_times(5);
  world.run_log();
  const LogBackup backup(world);
  act_anew(world, 10);
  world.run_log();
  backup.restore(world);
  Recoverer recoverer(world);
  EXPECT_EQ(recoverer.recovery.fork(recoverer.survey(), world.journal, world.act).error().code,
            ErrorCode::kInvalid);
  recoverer.run();
  EXPECT_EQ(recoverer.recovery.fork(recoverer.survey(), world.journal, world.act).error().code,
            ErrorCode::kInvalid);
}

}  // namespace
}  // namespace assent
