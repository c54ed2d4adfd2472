#include <gtest/gtest.h>

#include "audit/signer.h"
#include "audit/signer_state.h"
#include "audit/tile_files.h"
#include "core/file.h"
#include "tests/audit/log_world.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kNoPatience{0};

std::string text_of(const std::filesystem::path& file) {
  return *read_file(file, 1 << 16);
}

std::filesystem::path published_file(const LogWorld& world) {
  return world.signer_config().published / world.tenant.text() / "checkpoint";
}
std::filesystem::path state_file(const LogWorld& world) {
  return world.signer_config().state / (world.tenant.text() + ".checkpoint");
}

// Forgets the whole log, as a restore to before its first entry would.
void forget_log(LogWorld& world) {
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1");
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1");
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1");
  world.tamper("DELETE FROM audit_head WHERE tenant = $1");
}

void expect_refused(LogWorld& world, StaticText reason) {
  const std::string before = text_of(published_file(world));
  const LogRound round = world.sign();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.code, ErrorCode::kCorrupt);
  EXPECT_EQ(round.refused[0].error.reason.view(), reason.view());
  EXPECT_EQ(text_of(published_file(world)), before);
}

TEST(SignerTest, AGrownLogGetsACheckpointThatItsPolicyAccepts) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  const auto parsed = parse_signed_checkpoint(world.newest_checkpoint());
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->checkpoint, (Checkpoint{world.log_origin, 4, world.head().root}));
  const auto policy =
      LogPolicy::parse(log_policy_text(world.log_origin, {{0, world.key.public_key}}));
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(policy->check(*parsed).log, PolicyCheck::Log::kValid);
  EXPECT_EQ(text_of(published_file(world)), world.newest_checkpoint());
  EXPECT_EQ(text_of(state_file(world)), world.newest_checkpoint());
}

// A first start on a large old log.
TEST(SignerTest, ALongLogIsWrittenInPartsAndKeepsNoOtherOneWaiting) {
  LogWorld world;
  world.act_times(1'000);
  world.sequence();
  LogWorld other;
  other.act_times(3);
  other.sequence();
  SignerConfig config = world.signer_config();
  config.leaves_a_round = kTileWidth;
  world.signer.reset();
  auto opened = Signer::open(world.signer_role, world.key, config);
  ASSERT_TRUE(opened.ok());
  world.signer = std::move(*opened);
  const auto first = world.signer->run_once();
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first->more);
  EXPECT_EQ(world.newest_checkpoint(), "");
  EXPECT_EQ(parse_signed_checkpoint(other.newest_checkpoint())->checkpoint.size, 4U);
  // It grows meanwhile: what was begun is signed first.
  const std::uint64_t begun = world.head().size;
  for (int round = 0; round < 3; ++round) {
    world.act_times(300);
    world.sequence();
    world.sign();
  }
  EXPECT_EQ(parse_signed_checkpoint(world.newest_checkpoint())->checkpoint.size, begun);
  while (world.signer->run_once()->more) {
  }
  EXPECT_EQ(parse_signed_checkpoint(world.newest_checkpoint())->checkpoint.size, begun + 900);
  EXPECT_EQ(world.verify(world.bundle()).report.verdict, LogVerdict::kVerified);
}

// What was begun and never signed binds nobody.
TEST(SignerTest, ALogThatIsAnotherOneBeforeItIsSignedIsBegunAnew) {
  LogWorld world;
  world.act_times(600);
  world.sequence();
  SignerConfig config = world.signer_config();
  config.leaves_a_round = kTileWidth;
  world.signer.reset();
  auto opened = Signer::open(world.signer_role, world.key, config);
  ASSERT_TRUE(opened.ok());
  world.signer = std::move(*opened);
  world.sign();
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1");
  world.tamper("DELETE FROM audit_tile WHERE tenant = $1");
  world.tamper("DELETE FROM audit_head WHERE tenant = $1");
  world.act_times(700);
  world.sequence();
  while (world.signer->run_once()->more) {
  }
  EXPECT_EQ(parse_signed_checkpoint(world.newest_checkpoint())->checkpoint.size, 700U);
  FileTiles files(published_log(config.published, world.tenant));
  EXPECT_EQ(right_edge(files, 700)->root(), world.head().root);
}

TEST(SignerTest, ALogThatDidNotGrowIsNotSignedAgain) {
  LogWorld world;
  world.act_times(1);
  world.run_log();
  EXPECT_EQ(world.sign().done, 0U);
  EXPECT_EQ(world.count("SELECT count(*) FROM audit_checkpoint WHERE tenant = $1"), 1);
}

TEST(SignerTest, ARolledBackLogIsRefused) {
  LogWorld world;
  world.act_times(3);
  world.sequence();
  const LogHead old = world.head();
  world.act_times(2);
  world.run_log();
  world.tamper("DELETE FROM audit_leaf WHERE tenant = $1 AND idx >= 4");
  world.tamper("UPDATE audit_tile SET hashes = substring(hashes FOR 4 * 32) WHERE tenant = $1");
  Tx tx(world.superuser, world.tenant);
  tx.exec("UPDATE audit_head SET size = 4, root = $2 WHERE tenant = $1", {world.tenant, old.root});
  tx.commit();
  expect_refused(world, "the database is behind what was signed: was it restored?");
}

TEST(SignerTest, AnotherHistoryOfTheSameSizeIsRefused) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  forget_log(world);
  world.act_times(4);
  world.sequence();
  EXPECT_EQ(world.head().size, 4U);
  expect_refused(world, "the log was rewritten under its size");
}

TEST(SignerTest, AnotherHistoryThatIsLongerIsRefused) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  forget_log(world);
  world.act_times(9);
  world.sequence();
  expect_refused(world, "the log does not extend what was signed");
}

TEST(SignerTest, ALogThatVanishedIsRefused) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  forget_log(world);
  expect_refused(world, "the database has lost a log that was signed");
}

TEST(SignerTest, AfterARestartItStillRefusesAnotherHistory) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  forget_log(world);
  world.act_times(4);
  world.sequence();
  world.restart_signer();
  expect_refused(world, "the log was rewritten under its size");
}

TEST(SignerTest, WithoutItsStateItSignsNothingOverExistingCheckpoints) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  std::filesystem::remove(state_file(world));
  world.restart_signer();
  expect_refused(world, "the log has checkpoints, but the signer's state of it is missing");
}

TEST(SignerTest, AnOlderStateIsNoticed) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  const std::string old = text_of(state_file(world));
  world.act_times(3);
  world.run_log();
  ASSERT_TRUE(replace_file(state_file(world), old, 0600).ok());
  world.restart_signer();
  expect_refused(world, "the signer's state is behind a published checkpoint: was it restored?");
}

TEST(SignerTest, WhatItSignedBeforeACrashIsPublishedAfterIt) {
  LogWorld world;
  world.act_times(3);
  world.run_log();
  const std::string note = world.newest_checkpoint();
  // As if it had died between its state and the publication.
  world.tamper("DELETE FROM audit_checkpoint WHERE tenant = $1");
  std::filesystem::remove(published_file(world));
  world.restart_signer();
  EXPECT_TRUE(world.sign().refused.empty());
  EXPECT_EQ(world.newest_checkpoint(), note);
  EXPECT_EQ(text_of(published_file(world)), note);
}

TEST(SignerTest, StateThatCannotBeKeptLetsNoCheckpointOut) {
  LogWorld world;
  world.act_times(3);
  world.sequence();
  std::filesystem::create_directory(state_file(world));  // The rename onto it fails, as root too.
  const LogRound round = world.sign();
  ASSERT_EQ(round.refused.size(), 1U);
  EXPECT_EQ(round.refused[0].error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(world.newest_checkpoint(), "");
  EXPECT_FALSE(std::filesystem::exists(published_file(world)));
  std::filesystem::remove(state_file(world));
  world.run_log();
  EXPECT_NE(world.newest_checkpoint(), "");
}

TEST(SignerTest, OnlyOneSignerRunsOnAState) {
  LogWorld world;
  const auto second = Signer::open(world.signer_role, world.key, world.signer_config());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
}

TEST(SignerTest, AnotherKeyDoesNotOpenTheState) {
  LogWorld world;
  world.act_times(1);
  world.run_log();
  world.signer.reset();
  const auto other = signing_key_from_seed(Hash32{9});
  EXPECT_EQ(Signer::open(world.signer_role, other, world.signer_config()).error().code,
            ErrorCode::kCorrupt);
}

TEST(SignerTest, AForeignFileInTheStateIsNotOverlooked) {
  LogWorld world;
  world.signer.reset();
  ASSERT_TRUE(replace_file(world.signer_config().state / "acme.checkpoint", "x\n", 0600).ok());
  EXPECT_EQ(Signer::open(world.signer_role, world.key, world.signer_config()).error().code,
            ErrorCode::kCorrupt);
}

TEST(ReceiptTest, AnActIsProvedByItsReceiptAlone) {
  LogWorld world;
  world.act_times(2);
  Bytes leaf;
  auto event = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kEraseRequested));
  });
  ASSERT_TRUE(event.ok());
  world.act_times(2);
  world.run_log();
  const auto receipt = wait_for_checkpoint(world.data, world.tenant, *event, kNoPatience);
  ASSERT_TRUE(receipt.ok()) << receipt.error().reason.view();
  {
    Tx tx(world.data, world.tenant);
    leaf = LogStore(tx, world.tenant).entries(3, 4).at(0).leaf;
  }
  const auto policy =
      LogPolicy::parse(log_policy_text(world.log_origin, {{0, world.key.public_key}}));
  EXPECT_EQ(verify_entry(*receipt, leaf, &*policy).verdict, LogVerdict::kVerified);
  leaf[50] ^= 1;
  EXPECT_EQ(verify_entry(*receipt, leaf, &*policy).verdict, LogVerdict::kTampered);
}

TEST(ReceiptTest, WithoutACheckpointThereIsNoReceipt) {
  LogWorld world;
  auto event = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<EventId> {
    return world.journal.append(tx, leaf_of(world.act, AuditEvent::kEraseRequested));
  });
  ASSERT_TRUE(event.ok());
  const auto early = wait_for_checkpoint(world.data, world.tenant, *event, kNoPatience);
  EXPECT_EQ(early.error().code, ErrorCode::kUnavailable);
  world.sequence();
  const auto unsigned_ = wait_for_checkpoint(world.data, world.tenant, *event, kNoPatience);
  EXPECT_EQ(unsigned_.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace assent
