#include "segments/release.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "identity/profile_facts.h"
#include "identity/unmerge.h"
#include "tests/segments/people.h"

namespace assent {
namespace {

std::set<std::string> addresses(const std::string& csv) {
  std::set<std::string> found;
  for (std::size_t line = csv.find("\r\n"); line + 2 < csv.size(); line = csv.find("\r\n", line)) {
    line += 2;
    const std::size_t from = csv.find(',', line) + 1;
    found.insert(csv.substr(from, csv.find(',', from) - from));
  }
  return found;
}

// One of each kind; a restricted person and an erased one are in no segment.
struct Mixed : People {
  RecordId given = add_one(at("given@example.com"));
  RecordId withdrawn = add_one(at("withdrawn@example.com"));
  RecordId undecided = add_one(at("undecided@example.com").silent());
  RecordId suppressed = add_one(at("suppressed@example.com"));
  RecordId restricted = add_one(at("restricted@example.com"));
  RecordId erased = add_one(at("erased@example.com"));
  RecordId unreachable = add_one(at(""));
  RecordId recent = add_one(at("recent@example.com").buying({{{2026, 11, 1}, 500, {}}}));
  RecordId never = add_one(at("never@example.com").buying({}));

  Mixed() {
    register_recipient(mailer());
    world.clock.advance_days(1);
    withdraw(withdrawn);
    suppress_email("suppressed@example.com");
    restrict(restricted);
    set_state(erased, 1);
  }
};

TEST(ReleaseTest, TheFunnelSumsAndNamesTheReasonOfEveryoneLeftOut) {
  Mixed people;
  const OpenedRelease release = people.must_open();
  EXPECT_EQ(release.funnel.matched, 5);
  EXPECT_EQ(release.funnel.permitted, 1);
  const ReasonCounts denied{{Reason::kSuppressed, 1},
                            {Reason::kConsentWithdrawn, 1},
                            {Reason::kNoChannelConsent, 1},
                            {Reason::kNoContactPoint, 1}};
  EXPECT_EQ(release.funnel.denied, denied);
}

TEST(ReleaseTest, OnlyWhoMayBeWrittenToIsInTheFile) {
  Mixed people;
  const OpenedRelease release = people.must_open();
  EXPECT_EQ(addresses(people.deliver(release)), (std::set<std::string>{"given@example.com"}));
  const ReleaseDetail stored = people.find(release.id);
  EXPECT_EQ(stored.state, ReleaseState::kDelivered);
  EXPECT_EQ(stored.funnel.delivered, 1);
  EXPECT_TRUE(stored.closing);
  EXPECT_EQ(people.verify(release.id), LogVerdict::kVerified);
}

TEST(ReleaseTest, EveryActOfAReleaseIsInTheLog) {
  Mixed people;
  people.deliver(people.must_open());
  EXPECT_EQ(people.leaves(AuditEvent::kRecipientRegistered), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kSegmentComputed), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseOpened), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kDecisionForUse), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kRecordRead), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseDelivered), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseAborted), 0);
}

TEST(ReleaseTest, AfterAWithdrawalTheNextReleaseDiffersByThatPersonAlone) {
  People people;
  people.register_recipient(People::mailer());
  const std::vector<RecordId> customers = people.add_customers(4);
  const auto before = addresses(people.deliver(people.must_open()));
  people.world.clock.advance_days(1);
  people.withdraw(customers[1]);
  auto after = addresses(people.deliver(people.must_open()));
  EXPECT_EQ(before.size(), 4U);
  EXPECT_FALSE(after.contains("e2@example.com"));
  after.insert("e2@example.com");
  EXPECT_EQ(after, before);
}

TEST(ReleaseTest, ADayThatHasNotComeIsRefused) {
  People people;
  people.register_recipient(People::mailer());
  people.add_customers(1);
  ReleaseOrder order = People::order();
  order.as_of = {2026, 11, 22};  // It is ten in the morning of the 21st: midnight at UTC+14.
  EXPECT_TRUE(people.open(order).ok());
  order.as_of = {2026, 11, 23};
  const auto refused = people.open(order);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(refused.error().field->text(), "as_of");
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseOpened), 1);
}

TEST(ReleaseTest, NobodyIsReachedThroughAMergeAndTheUnmergedAreReachedAgain) {
  People people;
  people.register_recipient(People::mailer());
  people.add_one(at("zoe@example.com").called("Zoe"));
  const RecordId shop = people.add_one(at("anna@example.com").phoned("+4915112345678"));
  EXPECT_EQ(addresses(people.deliver(people.must_open())),
            (std::set<std::string>{"anna@example.com", "zoe@example.com"}));
  people.world.clock.advance_days(1);
  const RecordId crm = people.add_one(at("").phoned("+4915112345678").silent());
  people.withdraw(crm);
  EXPECT_EQ(addresses(people.deliver(people.must_open())),
            (std::set<std::string>{"zoe@example.com"}));
  must(in_tx(people.world.data, people.world.tenant, [&](Tx& tx) -> Status {
    lock_identity(tx);
    const auto outcome = must(unmerge(tx, people.act, people.world.journal, people.resolver, crm));
    return refresh_permits(tx, people.permits, outcome.changed, outcome.left);
  }));
  EXPECT_EQ(addresses(people.deliver(people.must_open())),
            (std::set<std::string>{"anna@example.com", "zoe@example.com"}));
  EXPECT_NE(shop, crm);
}

TEST(ReleaseTest, APersonIsReachedByOneAddressOnly) {
  People people;
  people.register_recipient(People::mailer());
  people.add_one(at("old@example.com").phoned("+4915112345678"));
  people.world.clock.advance_days(1);
  people.add_one(at("new@example.com").phoned("+4915112345678"));
  const OpenedRelease release = people.must_open();
  EXPECT_EQ(release.funnel.matched, 1);
  EXPECT_EQ(addresses(people.deliver(release)), (std::set<std::string>{"new@example.com"}));
}

class RefusedOrder : public ::testing::Test {
 protected:
  RefusedOrder() { people.register_recipient(People::mailer()); }
  ErrorCode refusal(const ReleaseOrder& order) {
    auto opened = people.open(order);
    EXPECT_FALSE(opened.ok());
    EXPECT_EQ(people.leaves(AuditEvent::kReleaseOpened), 0);
    return opened.ok() ? ErrorCode::kCorrupt : opened.error().code;
  }
  People people;
  ReleaseOrder order = People::order();
};

TEST_F(RefusedOrder, AFieldBeyondTheContractRefusesTheWholeRelease) {
  order.fields = {"contact", "last_name"};
  EXPECT_EQ(refusal(order), ErrorCode::kDenied);
}
TEST_F(RefusedOrder, AFieldBeyondThePolicyRefusesTheWholeReleaseWhateverTheContractSays) {
  RegisteredRecipient greedy = People::mailer();
  greedy.name = "greedy";
  greedy.fields.push_back("birth_date");
  people.register_recipient(greedy);
  order.recipient = "greedy";
  order.fields = {"contact", "birth_date"};
  EXPECT_EQ(refusal(order), ErrorCode::kDenied);
}
TEST_F(RefusedOrder, AnUnregisteredPurposeIsNone) {
  order.purpose = "curiosity";
  EXPECT_EQ(refusal(order), ErrorCode::kInvalid);
}
TEST_F(RefusedOrder, AnUnknownSegmentChannelOrRecipientIsNone) {
  order.segment = "everybody";
  EXPECT_EQ(refusal(order), ErrorCode::kInvalid);
  order = People::order();
  order.channel = "telepathy";
  EXPECT_EQ(refusal(order), ErrorCode::kInvalid);
  order = People::order();
  order.recipient = "stranger";
  EXPECT_EQ(refusal(order), ErrorCode::kInvalid);
}
TEST_F(RefusedOrder, NoFieldAndAFieldTwiceAreNone) {
  order.fields = {};
  EXPECT_EQ(refusal(order), ErrorCode::kInvalid);
  order.fields = {"contact", "contact"};
  EXPECT_EQ(refusal(order), ErrorCode::kInvalid);
}

TEST(ReleaseTest, ARecipientWithoutAContractIsGivenNobody) {
  People people;
  RegisteredRecipient bare = People::mailer();
  bare.contracts = {};
  people.register_recipient(bare);
  people.add_customers(3);
  const OpenedRelease release = people.must_open();
  EXPECT_EQ(release.funnel.permitted, 0);
  EXPECT_EQ(release.funnel.denied, (ReasonCounts{{Reason::kNoProcessorContract, 3}}));
}

TEST(ReleaseTest, ARecipientWhoseMessagesHaveNoWayToStopIsGivenNobody) {
  People people;
  RegisteredRecipient pushy = People::mailer();
  pushy.duties = {"sender_identified"};
  people.register_recipient(pushy);
  people.add_customers(2);
  EXPECT_EQ(people.must_open().funnel.denied, (ReasonCounts{{Reason::kMsgNoUnsubscribe, 2}}));
}

TEST(ReleaseTest, ARecipientAbroadWithoutATransferToolIsGivenNobody) {
  People people;
  RegisteredRecipient far = People::mailer();
  far.country = *Country::parse("US");
  people.register_recipient(far);
  people.add_customers(2);
  EXPECT_EQ(people.must_open().funnel.denied, (ReasonCounts{{Reason::kTransferNoTool, 2}}));
}

TEST(ReleaseTest, AThirdPartyNobodyAgreedToIsGivenNobody) {
  People people;
  RegisteredRecipient other = People::mailer();
  other.role = RecipientRole::kThirdParty;
  people.register_recipient(other);
  people.add_customers(2);
  EXPECT_EQ(people.must_open().funnel.denied, (ReasonCounts{{Reason::kNoDisclosureConsent, 2}}));
}

TEST(ReleaseTest, APermitUnderOtherPoliciesIsNone) {
  People people;
  people.register_recipient(People::mailer());
  people.add_customers(2);
  people.tamper("UPDATE permit SET policy_hash = $1", {Hash32{9}});
  EXPECT_EQ(people.must_open().funnel.denied, (ReasonCounts{{Reason::kNoPolicy, 2}}));
}

TEST(ReleaseTest, APermitPastItsDayIsNone) {
  People people;
  people.register_recipient(People::mailer());
  people.add_customers(2);
  people.tamper("UPDATE permit SET until_on = $1", {utc_date(people.world.clock.now())});
  EXPECT_EQ(people.must_open().funnel.denied, (ReasonCounts{{Reason::kNoPolicy, 2}}));
}

TEST(ReleaseTest, AnotherTenantsReleaseIsNotThere) {
  People one;
  one.register_recipient(People::mailer());
  const OpenedRelease release = one.must_open();
  People two;
  Tx tx(two.world.data, two.world.tenant);
  EXPECT_EQ(two.releases.find(tx, release.id).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(two.releases.list(tx, std::nullopt, 10).empty());
}

TEST(ReleaseTest, ReleasesAreListedNewestFirst) {
  People people;
  people.register_recipient(People::mailer());
  const OpenedRelease first = people.must_open();
  people.world.clock.advance_us(2'000'000);
  const OpenedRelease second = people.must_open();
  Tx tx(people.world.data, people.world.tenant);
  const auto all = people.releases.list(tx, std::nullopt, 10);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, second.id);
  const auto older = people.releases.list(tx, second.id, 10);
  ASSERT_EQ(older.size(), 1U);
  EXPECT_EQ(older[0].id, first.id);
}

TEST(ReleaseTest, AMemberChangedInTheDatabaseBreaksTheManifest) {
  People people;
  people.register_recipient(People::mailer());
  people.add_customers(3);
  const OpenedRelease release = people.must_open();
  ASSERT_EQ(people.verify(release.id), LogVerdict::kVerified);
  people.tamper("UPDATE release_member SET facts_hash = $1", {Hash32{7}});
  EXPECT_EQ(people.verify(release.id), LogVerdict::kTampered);
}

}  // namespace
}  // namespace assent
