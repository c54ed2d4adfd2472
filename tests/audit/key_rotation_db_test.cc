#include <gtest/gtest.h>
#include <sys/stat.h>

#include "audit/key_rotation.h"
#include "core/file.h"
#include "core/keyring.h"
#include "tests/audit/log_world.h"

// The key of the log: made, used by the signer alone, replaced (docs/decisions/0021).
namespace assent {
namespace {

class KeyRotationTest : public ::testing::Test {
 protected:
  KeyRotationTest() {
    EXPECT_TRUE(create_log_key(world.signer_role, world.random, file).ok());
    take_key();
    world.act_times(3);
    world.run_log();
  }
  // As after a restart: the signer works with the key in the file.
  void take_key() {
    world.key = *read_log_key(file);
    world.restart_signer();
  }
  Status rotate() {
    world.signer.reset();
    return rotate_log_key(world.signer_role, world.random, file, world.signer_config().state);
  }
  std::size_t created_leaves() {
    Tx tx(world.superuser, TenantId{});
    return static_cast<std::size_t>(
        tx.query("SELECT count(*) FROM (SELECT leaf FROM audit_outbox UNION ALL "
                 "SELECT leaf FROM audit_leaf) l WHERE substring(leaf FROM 6 FOR 2) = '\\x0112'")[0]
            .integer(0));
  }
  LogKeys published_keys() {
    return *read_log_keys(published_keys_file(world.signer_config().published, world.tenant));
  }

  LogWorld world;
  const std::filesystem::path file = world.directory.path() / "keys" / "log.key";
  const std::filesystem::path next = world.directory.path() / "keys" / "log.key.next";
};

TEST_F(KeyRotationTest, TheKeyFileIsSecretAndNeverOverwritten) {
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0400U);
  EXPECT_EQ(create_log_key(world.signer_role, world.random, file).error().code,
            ErrorCode::kConflict);
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
  EXPECT_EQ(read_log_key(file).error().code, ErrorCode::kDenied);
}

TEST_F(KeyRotationTest, EveryKeyIsNamedInTheLogOfTheInstallation) {
  const std::size_t before = created_leaves();
  ASSERT_TRUE(rotate().ok());
  EXPECT_EQ(created_leaves(), before + 1);
  const Hash32 named = sha256(read_log_key(file)->public_key);
  Tx tx(world.superuser, TenantId{});
  const Rows rows = tx.query("SELECT leaf FROM audit_outbox ORDER BY outbox_id DESC LIMIT 1");
  const auto leaf = decode(rows[0].view(0));
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->tenant, TenantId{});
  EXPECT_EQ(leaf->event, AuditEvent::kSigningKeyCreated);
  EXPECT_EQ(leaf->record_hash, named);
}

TEST_F(KeyRotationTest, TheEntryThatNamesTheKeyHasItsReceiptOnlyOnceItIsSigned) {
  ASSERT_TRUE(rotate().ok());
  take_key();
  const auto receipt = [&] {
    return key_receipt(world.signer_role, world.key.public_key, std::chrono::milliseconds(0));
  };
  EXPECT_EQ(receipt().error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(Sequencer(world.sequencer).drain().ok());
  EXPECT_EQ(receipt().error().code, ErrorCode::kUnavailable);
  const Hash32 unknown{1};
  EXPECT_EQ(key_receipt(world.signer_role, unknown, std::chrono::milliseconds(0)).error().code,
            ErrorCode::kNotFound);
}

TEST_F(KeyRotationTest, ABundleOverTheRotationVerifiesWithTheNewPolicyAndSinceTheOldCheckpoint) {
  const Hash32 old_key = world.key.public_key;
  const std::string old_checkpoint = world.newest_checkpoint();
  ASSERT_TRUE(rotate().ok());
  take_key();
  ASSERT_NE(world.key.public_key, old_key);
  world.act_times(2);
  world.run_log();
  EXPECT_EQ(published_keys(), (LogKeys{{0, old_key}, {4, world.key.public_key}}));
  const std::string text = log_policy_text(world.log_origin, published_keys());
  EXPECT_NE(text.find("# signs trees from size 4"), std::string::npos);
  const auto policy = LogPolicy::parse(text);
  ASSERT_TRUE(policy.ok());
  ExportRequest request;
  request.since = old_checkpoint;
  std::istringstream bundle(world.bundle(request));
  EXPECT_EQ(verify_bundle(bundle, &*policy, old_checkpoint).report.verdict, LogVerdict::kVerified);
  // The old key alone cannot tell, and nothing of it is needed.
  const auto newest = parse_signed_checkpoint(world.newest_checkpoint());
  const auto with = [&](const Hash32& key) {
    return LogPolicy::parse(log_policy_text(world.log_origin, {{0, key}}))->check(*newest).log;
  };
  EXPECT_EQ(with(old_key), PolicyCheck::Log::kUnsigned);
  EXPECT_EQ(with(world.key.public_key), PolicyCheck::Log::kValid);
  EXPECT_FALSE(world.check_problem().has_value());
}

TEST_F(KeyRotationTest, WhatTheOldKeySignsAfterItsRotationIsNotOurs) {
  const SigningKey old_key = world.key;
  ASSERT_TRUE(rotate().ok());
  const LogKeys keys{{0, old_key.public_key}, {4, read_log_key(file)->public_key}};
  const std::string late = sign_checkpoint({world.log_origin, 5, Hash32{5}}, old_key);
  EXPECT_EQ(own_checkpoint(late, keys).error().code, ErrorCode::kCorrupt);
  EXPECT_TRUE(own_checkpoint(late, {{0, old_key.public_key}}).ok());
}

TEST_F(KeyRotationTest, TheOldKeyDoesNotOpenTheStateAnyMore) {
  const SigningKey old_key = world.key;
  ASSERT_TRUE(rotate().ok());
  EXPECT_EQ(Signer::open(world.signer_role, old_key, world.signer_config()).error().code,
            ErrorCode::kCorrupt);
}

TEST_F(KeyRotationTest, ItIsRefusedWhileTheSignerRuns) {
  EXPECT_EQ(rotate_log_key(world.signer_role, world.random, file, world.signer_config().state)
                .error()
                .code,
            ErrorCode::kBusy);
}

TEST_F(KeyRotationTest, ARotationThatWasInterruptedIsFinishedWithTheKeyItHadBegun) {
  ASSERT_TRUE(create_log_key(world.signer_role, world.random, next).ok());
  const Hash32 begun = read_log_key(next)->public_key;
  EXPECT_TRUE(rotation_is_open(file));
  const std::size_t leaves = created_leaves();
  ASSERT_TRUE(rotate().ok());
  EXPECT_FALSE(rotation_is_open(file));
  EXPECT_EQ(created_leaves(), leaves);
  EXPECT_EQ(read_log_key(file)->public_key, begun);
  take_key();
  world.act_times(1);
  world.run_log();
}

TEST_F(KeyRotationTest, AKeyOfTheTimeBeforeTheSignerIsRotatedBeforeItSigns) {
  world.signer.reset();
  const auto state = world.signer_config().state;
  for (const auto& entry : std::filesystem::directory_iterator(state)) {
    if (entry.path().extension() == ".keys") std::filesystem::remove(entry.path());
  }
  const Hash32 old_key = world.key.public_key;
  EXPECT_EQ(Signer::open(world.signer_role, world.key, world.signer_config()).error().code,
            ErrorCode::kConflict);
  ASSERT_TRUE(rotate().ok());
  take_key();
  world.act_times(1);
  world.run_log();
  EXPECT_EQ(published_keys(), (LogKeys{{0, old_key}, {4, world.key.public_key}}));
}

TEST_F(KeyRotationTest, TheRoleOfTheSignerSaysNothingElseInALog) {
  for (const auto& [log, event] : {std::pair(TenantId{}, AuditEvent::kTenantCreated),
                                   std::pair(world.tenant, AuditEvent::kSigningKeyCreated)}) {
    const auto said = in_tx(world.signer_role, log, [&](Tx& tx) -> Status {
      Journal(world.random, "SELECT append_signer_leaf($1)").append(tx, leaf_of(world.act, event));
      return Unit{};
    });
    EXPECT_FALSE(said.ok());
  }
  for (const StaticText sql :
       {StaticText("CALL append_leaf('x')"), StaticText("SELECT 1 FROM record"),
        StaticText("SELECT 1 FROM tenant"), StaticText("SELECT 1 FROM audit_outbox"),
        StaticText("DELETE FROM audit_checkpoint"), StaticText("UPDATE audit_head SET size = 0")}) {
    const auto done = in_tx(world.signer_role, TenantId{}, [&](Tx& tx) -> Status {
      tx.query(sql);
      return Unit{};
    });
    EXPECT_FALSE(done.ok()) << sql.view();
  }
}

TEST_F(KeyRotationTest, WhoNumbersTheLogDoesNotSignIt) {
  const auto signed_ = in_tx(world.sequencer, TenantId{}, [&](Tx& tx) -> Status {
    tx.exec("INSERT INTO audit_checkpoint (tenant, size, note, signed_at) VALUES ($1, 99, 'x', $2)",
            {world.tenant, tx.now()});
    return Unit{};
  });
  EXPECT_FALSE(signed_.ok());
}

}  // namespace
}  // namespace assent
