#include "consent/ledger.h"
#include "tests/consent/consent_world.h"

namespace assent {
namespace {

std::int64_t count(ConsentWorld& world, StaticText sql) {
  Tx tx(world.data, world.tenant);
  return tx.query(sql)[0].integer(0);
}

TEST(LedgerTest, AStatementIsStoredWithItsLeafAndItsPlaceUnderIt) {
  ConsentWorld world;
  const RecordId anna = world.new_record();
  const ConsentEvent said =
      world.event(anna, ConsentAction::kGive, kEmailChannel, tag_of(1), "sign-up");
  EXPECT_EQ(world.say(said), Recorded::kNew);
  const auto leaves = world.leaves(AuditEvent::kConsentRecorded);
  ASSERT_EQ(leaves.size(), 1U);
  EXPECT_EQ(leaves[0].record_hash,
            seal_batch({{"consent_event", said.id.value, row_hash(said)}}).root);
  Tx tx(world.data, world.tenant);
  const Rows rows = tx.query("SELECT leaf_id, leaf_pos, row_hash FROM consent_event");
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].id<EventId>(0), leaves[0].id);
  EXPECT_EQ(rows[0].hash(2), row_hash(said));
}

TEST(LedgerTest, SayingTheSameAgainChangesNothing) {
  ConsentWorld world;
  const ConsentEvent said = world.event(world.new_record(), ConsentAction::kGive, 0, {}, "once");
  EXPECT_EQ(world.say(said), Recorded::kNew);
  EXPECT_EQ(world.say(said), Recorded::kSaidBefore);
  EXPECT_EQ(world.leaves(AuditEvent::kConsentRecorded).size(), 1U);
  EXPECT_EQ(count(world, "SELECT count(*) FROM consent_event"), 1);
  EXPECT_EQ(count(world, "SELECT count(*) FROM change_feed"), 1);
}

TEST(LedgerTest, ABatchStoresWhatIsNewAndSaysHowMany) {
  ConsentWorld world;
  const RecordId anna = world.new_record();
  const RecordId gone = world.new_record(2);
  std::vector<ConsentEvent> events{
      world.event(anna, ConsentAction::kGive, 0, {}, "a"),
      world.event(anna, ConsentAction::kWithdraw, kSmsChannel, {}, "b"),
      world.event(anna, ConsentAction::kGive, 0, {}, "a"),
      world.event(gone, ConsentAction::kGive, 0, {}, "c")};
  const std::vector<std::int32_t> positions{0, 1, 2, 3};
  const auto store = [&] {
    return world.must([&](Tx& tx) {
      const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
      return world.ledger.store(tx, leaf, events, positions);
    });
  };
  EXPECT_EQ(store(), 2U);
  EXPECT_EQ(store(), 0U);
  EXPECT_EQ(count(world, "SELECT count(*) FROM change_feed WHERE kind = 3"), 1);
  EXPECT_EQ(count(world, "SELECT count(*) FROM change_feed WHERE kind = 4"), 1);
  world.must([&](Tx& tx) -> Status {
    EXPECT_EQ(world.ledger.known(tx, events).size(), 2U);
    return Unit{};
  });
}

TEST(LedgerTest, NothingIsStoredWithoutALeafOfTheSameTransaction) {
  ConsentWorld world;
  const ConsentEvent said = world.event(world.new_record(), ConsentAction::kGive, 0, {}, "x");
  const std::vector<std::int32_t> position{0};
  EventId old_leaf;
  world.must([&](Tx& tx) -> Status {
    old_leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
    return Unit{};
  });
  auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) {
    return world.ledger.store(tx, old_leaf, {&said, 1}, position);
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(count(world, "SELECT count(*) FROM consent_event"), 0);
}

TEST(LedgerTest, TheAppCannotWriteTheTablesItself) {
  ConsentWorld world;
  const auto refused = [&](StaticText sql) {
    return in_tx(world.data, world.tenant,
                 [&](Tx& tx) -> Status {
                   tx.exec(sql);
                   return Unit{};
                 })
        .error()
        .code;
  };
  EXPECT_EQ(refused("DELETE FROM consent_event"), ErrorCode::kDenied);
  EXPECT_EQ(refused("UPDATE consent_event SET action = 1"), ErrorCode::kDenied);
  EXPECT_EQ(refused("DELETE FROM suppression"), ErrorCode::kDenied);
  EXPECT_EQ(refused("DELETE FROM erasure_marker"), ErrorCode::kDenied);
  EXPECT_EQ(refused("DELETE FROM record_flag"), ErrorCode::kDenied);
  EXPECT_EQ(refused("UPDATE permit SET permitted = true"), ErrorCode::kDenied);
  EXPECT_EQ(refused("UPDATE notice SET body = ''"), ErrorCode::kDenied);
}

TEST(LedgerTest, AnErasedRecordAndNoneAreNotToldApartAndARetiredOneStillSpeaks) {
  ConsentWorld world;
  const auto say = [&](RecordId record) {
    const ConsentEvent e = world.event(record, ConsentAction::kWithdraw, 0, {}, "w");
    return in_tx(world.data, world.tenant,
                 [&](Tx& tx) { return world.ledger.record(tx, world.act, e); });
  };
  EXPECT_EQ(say(world.new_record(2)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(say({Uuid::v4(world.random)}).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(say(world.new_record(3)).ok());
}

TEST(LedgerTest, StatementsOfTheFutureWithoutPurposeOrOnUnknownChannelsAreRefused) {
  ConsentWorld world;
  const ConsentEvent good = world.event(world.new_record(), ConsentAction::kGive, 0, {}, "x");
  const auto refusal = [&](const ConsentEvent& e) {
    return in_tx(world.data, world.tenant,
                 [&](Tx& tx) { return world.ledger.record(tx, world.act, e); })
        .error()
        .code;
  };
  ConsentEvent bad = good;
  bad.effective_at.us += 6 * 60 * kSecondUs;
  EXPECT_EQ(refusal(bad), ErrorCode::kInvalid);
  bad = good;
  bad.purpose = PurposeCode::kNone;
  EXPECT_EQ(refusal(bad), ErrorCode::kInvalid);
  bad = good;
  bad.channel = 9;
  EXPECT_EQ(refusal(bad), ErrorCode::kInvalid);
  bad = good;
  bad.effective_at.us += 4 * 60 * kSecondUs;
  EXPECT_EQ(world.say(bad), Recorded::kNew);
}

TEST(LedgerTest, AWithdrawalIsAnActOfItsOwnKind) {
  ConsentWorld world;
  Statement stop;
  stop.record = world.new_record();
  stop.channel = kEmailChannel;
  stop.contact = tag_of(1);
  stop.effective_at = world.clock.now();
  stop.source_event_key = "click-1";
  const auto withdraw = [&] {
    return world.must([&](Tx& tx) { return world.ledger.withdraw(tx, world.act, stop); });
  };
  EXPECT_EQ(withdraw(), Recorded::kNew);
  EXPECT_EQ(withdraw(), Recorded::kSaidBefore);
  EXPECT_EQ(world.leaves(AuditEvent::kConsentWithdrawn).size(), 1U);
}

TEST(LedgerTest, AnObjectionOfAKnownAddressSuppressesItForWhoeverHoldsIt) {
  ConsentWorld world;
  world.must([&](Tx& tx) -> Status {
    const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
    const ContactTags tags{tag_of(1), hidden(9)};
    return world.suppressions.note_contacts(tx, leaf, {&tags, 1});
  });
  Statement stop;
  stop.record = world.new_record();
  stop.contact = tag_of(1);
  stop.effective_at = world.clock.now();
  auto without_key = in_tx(world.data, world.tenant,
                           [&](Tx& tx) { return world.ledger.object(tx, world.act, stop); });
  EXPECT_EQ(without_key.error().code, ErrorCode::kInvalid);
  stop.source_event_key = "one-click 1";
  world.must([&](Tx& tx) { return world.ledger.object(tx, world.act, stop); });
  Tx tx(world.data, world.tenant);
  const std::vector<Tag16> asked{tag_of(1), tag_of(2)};
  const auto standing = Suppressions::standing(tx, asked);
  ASSERT_EQ(standing.size(), 1U);
  EXPECT_EQ(standing.at(tag_of(1))[0].since, stop.effective_at);
}

TEST(LedgerTest, HistoryTellsWhatWasSaidByThenAndKnownByThen) {
  ConsentWorld world;
  const RecordId anna = world.new_record();
  world.say(world.event(anna, ConsentAction::kGive, 0, {}, "give"));
  const Timestamp given = world.clock.now();
  world.wait_hours(48);
  ConsentEvent late = world.event(anna, ConsentAction::kWithdraw, 0, {}, "stop");
  late.effective_at.us -= kDayUs;  // Said a day before we learned of it.
  world.say(late);
  const auto history = [&](Timestamp as_of, Timestamp known_at) {
    return world.must(
        [&](Tx& tx) { return world.ledger.history(tx, world.act, anna, as_of, known_at); });
  };
  const Timestamp now = world.clock.now();
  EXPECT_EQ(history(now, now).size(), 2U);
  EXPECT_EQ(history(given, now).size(), 1U);
  EXPECT_EQ(history(late.effective_at, {now.us - 1}).size(), 1U);
  EXPECT_EQ(history(now, now)[1].event, late);
  const auto leaves = world.leaves(AuditEvent::kRecordRead);
  ASSERT_EQ(leaves.size(), 4U);
  EXPECT_EQ(leaves[0].result_count, 2U);
}

TEST(LedgerTest, AnotherTenantSeesAndStoresNothing) {
  ConsentWorld one;
  ConsentWorld two;
  const ConsentEvent said = one.event(one.new_record(), ConsentAction::kGive, 0, {}, "x");
  one.say(said);
  EXPECT_EQ(count(two, "SELECT count(*) FROM consent_event"), 0);
  auto refused =
      in_tx(two.data, two.tenant, [&](Tx& tx) { return two.ledger.record(tx, two.act, said); });
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
}

TEST(ConsentEventTest, EveryFieldIsPartOfTheRowHash) {
  ConsentWorld world;
  const ConsentEvent base = world.event({Uuid{{1}}}, ConsentAction::kGive, 1, tag_of(1), "k");
  std::vector<ConsentEvent> others(14, base);
  others[0].record.value.bytes[0] ^= 1;
  others[1].id.value.bytes[0] ^= 1;
  others[2].purpose = PurposeCode::kService;
  others[3].channel = 2;
  others[4].contact.reset();
  others[5].action = ConsentAction::kWithdraw;
  others[6].effective_at.us += 1;
  others[7].source = 2;
  others[8].notice = Uuid{};
  others[9].method = ConsentMethod::kPaper;
  others[10].evidence = EvidenceKind::kClaimed;
  others[11].by_verified_holder = true;
  others[12].expires_on = Date{};
  others[13].sealed_evidence = Bytes{1};
  std::set<Hash32> hashes{row_hash(base)};
  for (const ConsentEvent& other : others) hashes.insert(row_hash(other));
  EXPECT_EQ(hashes.size(), 15U);
}

}  // namespace
}  // namespace assent
