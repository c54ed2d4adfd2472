#include "consent/evidence.h"
#include "consent/flag.h"
#include "consent/vault.h"
#include "tests/consent/consent_world.h"

namespace assent {
namespace {

constexpr std::uint64_t kFirstName = 1U << kFirstNameField;

Act for_marketing(const World& world) {
  Act act = world.act;
  act.purpose = PurposeCode::kDirectMarketing;
  return act;
}

std::vector<RecordId> list(RecordId record) {
  return {record};
}

TEST(VaultTest, AGrantOpensExactlyTheFieldsItNames) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  world.must([&](Tx& tx) -> Status {
    auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    if (!grant.ok()) return grant.error();
    auto opened = world.vault.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    EXPECT_EQ(opened->size(), 1U);
    EXPECT_EQ(opened->front().record, anna);
    EXPECT_EQ(opened->front().fields.size(), 1U);
    EXPECT_EQ(opened->front().fields[0].value.reveal(), "Anna");
    return Unit{};
  });
}

TEST(VaultTest, AReadLeavesExactlyOneLeafWithFieldsCountAndPurpose) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  const RecordId bert = world.new_person("Bert");
  world.must([&](Tx& tx) -> Status {
    auto grant =
        world.authorizer.authorize_read(tx, for_marketing(world), {bert, anna, anna}, kFirstName);
    if (!grant.ok()) return grant.error();
    auto opened = world.vault.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    EXPECT_EQ(opened->size(), 2U);
    return Unit{};
  });
  const auto leaves = world.leaves(AuditEvent::kRecordRead);
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].field_mask, kFirstName);
  EXPECT_EQ(leaves[0].result_count, 2U);
  EXPECT_EQ(leaves[0].purpose, PurposeCode::kDirectMarketing);
  EXPECT_EQ(leaves[0].subject, SubjectRef{});
}

TEST(VaultTest, TheLeafOfASingleRecordNamesItsSubject) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  world.must([&](Tx& tx) -> Status {
    auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    return grant.ok() ? Status(Unit{}) : grant.error();
  });
  const auto leaves = world.leaves(AuditEvent::kRecordRead);
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_NE(leaves[0].subject, SubjectRef{});
  EXPECT_NE(leaves[0].subject.value, anna.value);
}

TEST(VaultTest, AGrantOfAnotherTransactionOpensNothing) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  auto grant = world.must([&](Tx& tx) {
    return world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
  });
  auto refused =
      in_tx(world.data, world.tenant, [&](Tx& tx) { return world.vault.open(tx, grant); });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST(VaultTest, ARecordOutsideTheGrantIsRefused) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  const RecordId bert = world.new_person("Bert");
  auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<std::size_t> {
    auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    auto opened = world.vault.open(tx, *grant, list(bert));
    if (!opened.ok()) return opened.error();
    return opened->size();
  });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST(VaultTest, ARecordWhoseKeyIsGoneReadsAsErasedNotAsAnError) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  const RecordId bert = world.new_person("Bert");
  ASSERT_TRUE(
      in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
        tx.exec("DELETE FROM subject_key WHERE tenant = $1 AND subject = $2", {world.tenant, anna});
        return Unit{};
      }).ok());
  world.must([&](Tx& tx) -> Status {
    auto grant =
        world.authorizer.authorize_read(tx, for_marketing(world), {anna, bert}, kFirstName);
    auto opened = world.vault.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    EXPECT_EQ(opened->size(), 1U);
    EXPECT_EQ(opened->front().record, bert);
    return Unit{};
  });
}

TEST(VaultTest, OnlyLiveRecordsAreGrantedAndOthersLookLikeNone) {
  ConsentWorld world;
  for (int state : {1, 2, 3}) {
    const RecordId anna = world.new_person("Anna");
    world.set_state(anna, state);
    auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) {
      return world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    });
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kNotFound) << state;
  }
  EXPECT_TRUE(world.leaves(AuditEvent::kRecordRead).empty());
}

TEST(VaultTest, ACiphertextMovedToAnotherRecordDoesNotOpen) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  const RecordId bert = world.new_person("Bert");
  world.as_owner([&](Tx& tx) {
    tx.exec(
        "UPDATE record_version SET fields = (SELECT fields FROM record_version WHERE record_id = "
        "$2) WHERE record_id = $1",
        {anna, bert});
  });
  auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<std::size_t> {
    auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    auto opened = world.vault.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    return opened->size();
  });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCorrupt);
}

TEST(VaultTest, TheNewestVersionIsRead) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  auto keys = world.keys.fetch(world.tenant, std::vector<Uuid>{anna.value}, KeyPurpose::kFields);
  world.store_version(anna, 2, "Hanna", *keys->find(anna.value));
  world.must([&](Tx& tx) -> Status {
    auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    auto opened = world.vault.open(tx, *grant);
    EXPECT_EQ(opened->front().fields[0].value.reveal(), "Hanna");
    return Unit{};
  });
}

TEST(VaultTest, ARestrictedRecordIsReadForARightsRequestOnly) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  world.must([&](Tx& tx) -> Status {
    const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kRequestReceived));
    RecordFlags::set(tx, leaf, list(anna), RecordFlag::kRestriction, tx.now());
    return Unit{};
  });
  const auto read_for = [&](PurposeCode purpose) {
    Act act = world.act;
    act.purpose = purpose;
    return in_tx(world.data, world.tenant, [&](Tx& tx) {
      return world.authorizer.authorize_read(tx, act, list(anna), kFirstName);
    });
  };
  EXPECT_EQ(read_for(PurposeCode::kDirectMarketing).error().code, ErrorCode::kDenied);
  EXPECT_TRUE(read_for(PurposeCode::kRightsRequest).ok());
}

TEST(VaultTest, AReadWithoutPurposeOrFieldsIsRefused) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  const auto ask = [&](PurposeCode purpose, std::uint64_t mask) {
    Act act = world.act;
    act.purpose = purpose;
    auto answer = in_tx(world.data, world.tenant, [&](Tx& tx) {
      return world.authorizer.authorize_read(tx, act, list(anna), mask);
    });
    return answer.error().code;
  };
  EXPECT_EQ(ask(PurposeCode::kNone, kFirstName), ErrorCode::kDenied);
  EXPECT_EQ(ask(PurposeCode::kService, 0), ErrorCode::kInvalid);
}

TEST(VaultTest, ASafeThatIsAwayIsUnavailableNotErased) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  DatabaseConfig nowhere = TestClusters::instance().safe("assent_app");
  nowhere.database = "no_such_database";
  Database away(nowhere, world.clock);
  KeyStore keys(away, *world.keyring, world.random);
  const Vault vault(keys);
  auto failed = in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<std::size_t> {
    auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), kFirstName);
    auto opened = vault.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    return opened->size();
  });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
}

TEST(EvidenceTest, IsSealedUnderAKeyOfItsOwnAndNeedsItsOwnBit) {
  ConsentWorld world;
  const RecordId anna = world.new_person("Anna");
  ConsentEvent event = world.event(anna, ConsentAction::kGive, 0, std::nullopt, "form");
  const EvidenceSealer sealer(world.keys, world.random);
  auto sealed = sealer.seal(world.tenant, anna, event.id, as_bytes("form 7, box ticked"));
  ASSERT_TRUE(sealed.ok());
  event.sealed_evidence = *sealed;
  EXPECT_EQ(world.say(event), Recorded::kNew);
  const auto open = [&](std::uint64_t mask) {
    return in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<Plaintext> {
      auto grant = world.authorizer.authorize_read(tx, for_marketing(world), list(anna), mask);
      if (!grant.ok()) return grant.error();
      return world.vault.open_evidence(tx, *grant, anna, event.id);
    });
  };
  auto opened = open(std::uint64_t{1} << kEvidenceField);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->reveal(), "form 7, box ticked");
  EXPECT_EQ(open(kFirstName).error().code, ErrorCode::kDenied);
  ASSERT_TRUE(in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
                tx.exec("DELETE FROM subject_key WHERE tenant = $1 AND purpose = 2",
                        {world.tenant});
                return Unit{};
              }).ok());
  EXPECT_EQ(open(std::uint64_t{1} << kEvidenceField).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assent
