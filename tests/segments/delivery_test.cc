#include "segments/delivery.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "tests/segments/people.h"

namespace assent {
namespace {

// A trigger that answers as a full disk does.
constexpr StaticText kRefuse = R"sql(
  CREATE FUNCTION refuse_aborts() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $$
)sql";
constexpr StaticText kRefuseAborts =
    "CREATE TRIGGER refuse BEFORE UPDATE ON release FOR EACH ROW WHEN (NEW.state = 3) "
    "EXECUTE FUNCTION refuse_aborts()";
constexpr StaticText kTakeAborts = "DROP FUNCTION refuse_aborts() CASCADE";

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() { people.register_recipient(People::mailer()); }
  bool holds(const std::string& file, const char* text) {
    return file.find(text) != std::string::npos;
  }
  People people;
};

TEST_F(DeliveryTest, WhoWithdrawsBetweenOpeningAndDeliveryIsLeftOutWithTheReason) {
  const auto customers = people.add_customers(3);
  const OpenedRelease release = people.must_open();
  people.world.clock.advance_us(60 * kSecondUs);
  people.withdraw(customers[0]);
  EXPECT_FALSE(holds(people.deliver(release), "e1@example.com"));
  const Funnel funnel = people.find(release.id).funnel;
  EXPECT_EQ(funnel.permitted, 3);
  EXPECT_EQ(funnel.delivered, 2);
  EXPECT_EQ(funnel.dropped, (ReasonCounts{{Reason::kConsentWithdrawn, 1}}));
  EXPECT_EQ(people.verify(release.id), LogVerdict::kVerified);
}

TEST_F(DeliveryTest, WhoIsSuppressedErasedRestrictedOrKeylessMeanwhileIsLeftOut) {
  const auto customers = people.add_customers(5);
  const OpenedRelease release = people.must_open();
  people.world.clock.advance_us(60 * kSecondUs);
  people.suppress_email("e1@example.com");
  people.set_state(customers[1], 1);
  people.restrict(customers[2]);
  people.destroy_key(customers[3]);
  const std::string file = people.deliver(release);
  EXPECT_TRUE(holds(file, "e5@example.com"));
  EXPECT_EQ(people.find(release.id).funnel.dropped,
            (ReasonCounts{
                {Reason::kSuppressed, 1}, {Reason::kSubjectErased, 2}, {Reason::kRestricted, 1}}));
}

TEST_F(DeliveryTest, WhoWithdrawsBetweenTwoPagesIsNotOnTheSecond) {
  const auto customers = people.add_customers(Deliveries::kPageMembers + 20);
  const OpenedRelease release = people.must_open();
  const ReleaseBody body = must(people.start(release));
  std::string file = must(body()).value() + must(body()).value();  // The header and a page.
  for (const RecordId& record : customers) people.set_state(record, 1);
  const std::size_t first = file.size();
  while (auto piece = must(body())) file += *piece;
  EXPECT_EQ(file.size(), first);
  const ReleaseDetail stored = people.find(release.id);
  EXPECT_EQ(stored.funnel.delivered, Deliveries::kPageMembers);
  EXPECT_EQ(stored.funnel.dropped, (ReasonCounts{{Reason::kSubjectErased, 20}}));
  EXPECT_EQ(people.verify(release.id), LogVerdict::kVerified);
}

TEST_F(DeliveryTest, TheClosingManifestHoldsTheHashOfWhatLeft) {
  people.add_customers(3);
  const OpenedRelease release = people.must_open();
  const std::string file = people.deliver(release);
  const std::string closing = people.find(release.id).closing.value();
  EXPECT_TRUE(holds(closing, to_hex(sha256(as_bytes(file))).c_str()));
  EXPECT_TRUE(holds(closing, "\"delivered\":3"));
}

TEST_F(DeliveryTest, NdjsonCarriesTheSameFields) {
  people.add_one(at("jean@example.com").called("Жан \"J\""));
  const std::string file = people.deliver(people.must_open(), FileFormat::kNdjson);
  EXPECT_TRUE(holds(file, "\"contact\":\"jean@example.com\",\"first_name\":\"Жан \\\"J\\\"\"}\n"));
}

TEST_F(DeliveryTest, AFormulaInANameIsNeutralised) {
  people.add_one(at("f@example.com").called("=HYPERLINK(\"http://evil\",\"x\")"));
  EXPECT_TRUE(holds(people.deliver(people.must_open()),
                    "f@example.com,\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\"\r\n"));
}

TEST_F(DeliveryTest, ComputedAndClearFieldsComeWithoutOpeningARecord) {
  people.add_customers(1);
  ReleaseOrder order = People::order();
  order.fields = {"country", "segment", "rfm"};
  const OpenedRelease release = std::move(*people.open(order));
  EXPECT_TRUE(holds(people.deliver(release), ",DE,sleeping_180d,511\r\n"));
  EXPECT_EQ(people.leaves(AuditEvent::kRecordRead), 0);
}

TEST_F(DeliveryTest, ALinkOpensOnce) {
  people.add_customers(1);
  const OpenedRelease release = people.must_open();
  people.deliver(release);
  EXPECT_EQ(people.start(release).error().code, ErrorCode::kNotFound);
}

TEST_F(DeliveryTest, AWrongLinkAnotherTokenAndALateOneAreOneAnswer) {
  people.add_customers(1);
  OpenedRelease release = people.must_open();
  OpenedRelease forged = release;
  forged.link = to_base64url(Hash32{1});
  EXPECT_EQ(people.start(forged).error().code, ErrorCode::kNotFound);
  forged.link = "not base64!";
  EXPECT_EQ(people.start(forged).error().code, ErrorCode::kNotFound);
  forged = release;
  forged.id = ReleaseId{Uuid::v4(people.world.random)};
  EXPECT_EQ(people.start(forged).error().code, ErrorCode::kNotFound);
  Act other = people.act;
  other.actor = ActorRef{Uuid::v4(people.world.random)};
  EXPECT_EQ(people.deliveries
                .start(people.world.tenant, other, release.id, release.link, FileFormat::kCsv)
                .error()
                .code,
            ErrorCode::kNotFound);
  people.world.clock.advance_us(15 * 60 * kSecondUs);
  EXPECT_EQ(people.start(release).error().code, ErrorCode::kNotFound);
}

TEST_F(DeliveryTest, TheLinkIsNowhereInTheDatabase) {
  const OpenedRelease release = people.must_open();
  Tx tx(people.world.data, people.world.tenant);
  const Rows rows = tx.query("SELECT link_hash FROM release WHERE release_id = $1", {release.id});
  EXPECT_NE(rows[0].bytes(0), from_base64url(release.link));
}

TEST_F(DeliveryTest, AStreamThatIsCutHasNoClosingManifestAndSaysSo) {
  people.add_customers(2);
  const OpenedRelease release = people.must_open();
  {
    const ReleaseBody body = must(people.start(release));
    ASSERT_TRUE(must(body()).has_value());
  }
  const ReleaseDetail stored = people.find(release.id);
  EXPECT_EQ(stored.state, ReleaseState::kAborted);
  EXPECT_FALSE(stored.closing);
  EXPECT_FALSE(stored.funnel.delivered);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseAborted), 1);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseDelivered), 0);
  EXPECT_EQ(people.verify(release.id), LogVerdict::kVerified);
}

TEST_F(DeliveryTest, AnAbortThatTheDatabaseDidNotTakeIsDoneWhenItIsBack) {
  people.add_customers(2);
  const OpenedRelease release = people.must_open();
  {
    const ReleaseBody body = must(people.start(release));
    ASSERT_TRUE(must(body()).has_value());
    // As a full disk answers, to this one statement.
    people.tamper(kRefuse, {});
    people.tamper(kRefuseAborts, {});
  }
  EXPECT_EQ(people.find(release.id).state, ReleaseState::kStreaming);
  EXPECT_EQ(people.deliveries.retry_aborts(), 0U);
  people.tamper(kTakeAborts, {});
  EXPECT_EQ(people.deliveries.retry_aborts(), 1U);
  EXPECT_EQ(people.deliveries.retry_aborts(), 0U);
  EXPECT_EQ(people.find(release.id).state, ReleaseState::kAborted);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseAborted), 1);
}

TEST_F(DeliveryTest, WhatADeadProgramLeftUnfinishedIsAbortedOnce) {
  people.add_customers(1);
  const OpenedRelease release = people.must_open();
  people.tamper("UPDATE release SET state = 1 WHERE release_id = $1", {release.id});
  EXPECT_EQ(must(people.deliveries.abort_interrupted(people.world.tenant, people.act)), 1U);
  EXPECT_EQ(must(people.deliveries.abort_interrupted(people.world.tenant, people.act)), 0U);
  EXPECT_EQ(people.find(release.id).state, ReleaseState::kAborted);
}

TEST_F(DeliveryTest, AnAbortThatTheProgramMakesLaterNamesTheTokenThatAsked) {
  people.add_customers(2);
  people.act.actor_kind = ActorKind::kToken;
  people.act.actor = {Uuid::v4(people.world.random)};
  const OpenedRelease broken = people.must_open();
  const OpenedRelease left = people.must_open();
  {
    const ReleaseBody body = must(people.start(broken));
    ASSERT_TRUE(must(body()).has_value());
    people.tamper(kRefuse, {});
    people.tamper(kRefuseAborts, {});
  }
  people.tamper(kTakeAborts, {});
  EXPECT_EQ(people.deliveries.retry_aborts(), 1U);
  people.tamper("UPDATE release SET state = 1 WHERE release_id = $1", {left.id});
  Act sweeper;
  sweeper.actor_kind = ActorKind::kProcess;
  EXPECT_EQ(must(people.deliveries.abort_interrupted(people.world.tenant, sweeper)), 1U);
  for (const ReleaseId id : {broken.id, left.id}) {
    const Leaf aborted = people.leaf_about(AuditEvent::kReleaseAborted, id);
    EXPECT_EQ(aborted.actor_kind, ActorKind::kProcess);
    EXPECT_TRUE(aborted.actor.value.is_nil());
    EXPECT_EQ(aborted.on_behalf_of, people.act.actor);
  }
}

// As a server that starts while a command of another process delivers.
TEST_F(DeliveryTest, WhatALivingProgramDeliversIsNotAborted) {
  people.add_customers(2);
  const OpenedRelease release = people.must_open();
  ReleaseBody body = must(people.start(release));
  ASSERT_TRUE(must(body()).has_value());
  Deliveries starting{people.world.data,    people.segments,       people.fields,
                      people.policies,      *Country::parse("DE"), people.world.keys,
                      people.world.journal, people.world.random};
  EXPECT_EQ(must(starting.abort_interrupted(people.world.tenant, people.act)), 0U);
  EXPECT_EQ(must(people.deliveries.abort_interrupted(people.world.tenant, people.act)), 0U);
  while (must(body())) {
  }
  EXPECT_EQ(people.find(release.id).state, ReleaseState::kDelivered);
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseAborted), 0);
}

TEST_F(DeliveryTest, TheLockOfADeliveryEndsWithItsProgram) {
  people.add_customers(2);
  const OpenedRelease release = people.must_open();
  ReleaseBody body = must(people.start(release));
  ASSERT_TRUE(must(body()).has_value());
  // What the database does when the program that held the lock is gone.
  Database superuser{TestClusters::instance().data("postgres"), people.world.clock};
  must(in_tx(superuser, people.world.tenant, [&](Tx& tx) -> Result<Unit> {
    tx.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' "
        "AND ((classid::bigint << 32) | objid::bigint) = "
        "hashtextextended('delivery of ' || $1::uuid::text, 0)",
        {release.id});
    return Unit{};
  }));
  EXPECT_EQ(must(people.deliveries.abort_interrupted(people.world.tenant, people.act)), 1U);
  EXPECT_EQ(people.find(release.id).state, ReleaseState::kAborted);
  EXPECT_FALSE(body().ok());
  EXPECT_EQ(people.leaves(AuditEvent::kReleaseAborted), 1);
}

TEST_F(DeliveryTest, ADeliveryThatEndedLeavesNoLock) {
  people.add_customers(1);
  const OpenedRelease release = people.must_open();
  people.deliver(release);
  people.tamper("UPDATE release SET state = 1 WHERE release_id = $1", {release.id});
  EXPECT_EQ(must(people.deliveries.abort_interrupted(people.world.tenant, people.act)), 1U);
}

TEST_F(DeliveryTest, ADamagedRecordCutsTheStreamInsteadOfBeingSkipped) {
  people.add_customers(2);
  const OpenedRelease release = people.must_open();
  people.tamper(
      "UPDATE record_version SET fields = set_byte(fields, 60, get_byte(fields, 60) # 255)", {});
  const ReleaseBody body = must(people.start(release));
  must(body());
  EXPECT_EQ(body().error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(people.find(release.id).state, ReleaseState::kAborted);
}

}  // namespace
}  // namespace assent
