#include "segments/recipient.h"

#include <gtest/gtest.h>

#include "tests/segments/people.h"

namespace assent {
namespace {

Result<Registration> register_in(People& people, const RegisteredRecipient& recipient) {
  return in_tx(people.world.data, people.world.tenant, [&](Tx& tx) {
    return Recipients(people.world.journal, people.world.random)
        .register_one(tx, people.act, recipient);
  });
}

TEST(RecipientTest, WhatIsRegisteredIsFoundByNameAndListed) {
  People people;
  RegisteredRecipient mailer = People::mailer();
  mailer.transfer_tool = "scc";
  mailer.transfer_assessed = true;
  mailer.notice = TransferNotice::kCleared;
  mailer.id = people.register_recipient(mailer);
  Tx tx(people.world.data, people.world.tenant);
  const RegisteredRecipient found = must(Recipients::find(tx, "mailer"));
  EXPECT_EQ(found.id, mailer.id);
  EXPECT_EQ(recipient_facts(found), recipient_facts(mailer));
  EXPECT_EQ(found.fields, mailer.fields);
  EXPECT_EQ(found.duties, mailer.duties);
  EXPECT_EQ(Recipients::list(tx).size(), 1U);
  EXPECT_EQ(Recipients::find(tx, "stranger").error().code, ErrorCode::kNotFound);
}

TEST(RecipientTest, ARecipientIsNeverEdited) {
  People people;
  people.register_recipient(People::mailer());
  EXPECT_EQ(register_in(people, People::mailer()).error().code, ErrorCode::kConflict);
}

TEST(RecipientTest, WhatTheRegistryDoesNotUnderstandIsRefused) {
  People people;
  const auto refused = [&](auto change) {
    RegisteredRecipient recipient = People::mailer();
    change(recipient);
    auto registered = register_in(people, recipient);
    return !registered.ok() && registered.error().code == ErrorCode::kInvalid;
  };
  using R = RegisteredRecipient;
  EXPECT_TRUE(refused([](R& r) { r.name = "Ivan Petrov"; }));
  EXPECT_TRUE(refused([](R& r) { r.name = std::string(64, 'a'); }));
  EXPECT_TRUE(refused([](R& r) { r.role = RecipientRole::kUnknown; }));
  EXPECT_TRUE(refused([](R& r) { r.country = {}; }));
  EXPECT_TRUE(refused([](R& r) { r.duties = {"be_nice"}; }));
  EXPECT_TRUE(refused([](R& r) { r.fields = {"first,last"}; }));
  EXPECT_TRUE(refused([](R& r) { r.contracts.assign(65, "art28"); }));
  EXPECT_TRUE(refused([](R& r) { r.transfer_tool = "a tool"; }));
  EXPECT_EQ(people.leaves(AuditEvent::kRecipientRegistered), 0);
}

TEST(RecipientTest, TheAppRoleCannotWriteARecipientWithoutALeaf) {
  People people;
  auto refused = in_tx(people.world.data, people.world.tenant, [&](Tx& tx) -> Status {
    tx.exec(
        "SELECT register_recipient($1, $1, 'x', 'internal', 'DE', '{}', '', false, false, 'none', "
        "'{}', '{}', $2)",
        {Uuid::v4(people.world.random), tx.now()});
    return Unit{};
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace assent
