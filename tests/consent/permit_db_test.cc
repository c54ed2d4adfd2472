#include "consent/engine.h"
#include "consent/flag.h"
#include "consent/notice.h"
#include "consent/permit.h"
#include "tests/consent/consent_world.h"

namespace assent {
namespace {

class PermitTest : public ::testing::Test {
 protected:
  PermitDeriver deriver{shipped_policies(), {country("DE"), {country("DE")}, country("DE")}};
  ConsentWorld world{"DE", {"DE"}};

  PersonFacts person(std::vector<RecordId> records, std::vector<ContactPoint> contacts) {
    PersonFacts p;
    p.profile = {Uuid::v7(world.clock, world.random)};
    p.records = std::move(records);
    for (RecordId record : p.records) p.says.push_back({record, "DE", 34});
    p.citizenship = "DE";
    p.contacts = std::move(contacts);
    return p;
  }
  PersonFacts with_email(RecordId record, Tag16 tag) {
    return person({record}, {{record, kEmailIndex, tag, false}});
  }
  std::vector<PermitRow> rebuild(const std::vector<PersonFacts>& people) {
    return world.must([&](Tx& tx) -> Result<std::vector<PermitRow>> {
      if (auto done = deriver.rebuild(tx, people); !done.ok()) return done.error();
      std::vector<ProfileId> ids;
      for (const PersonFacts& p : people) ids.push_back(p.profile);
      return PermitDeriver::stored(tx, ids);
    });
  }
  Reason reason(const PersonFacts& p) { return rebuild({p}).at(0).reason; }
};

TEST_F(PermitTest, BothConsentsPermitTheMailAndSayUnderWhichLaws) {
  const RecordId anna = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  const auto rows = rebuild({with_email(anna, tag_of(1))});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].permitted);
  EXPECT_EQ(rows[0].reason, Reason::kOk);
  EXPECT_FALSE(rows[0].laws.empty());
  EXPECT_EQ(rows[0].policy, shipped_policies().hash());
}

TEST_F(PermitTest, AbsentIsNeverConsent) {
  const PersonFacts anna = with_email(world.new_record(), tag_of(1));
  EXPECT_FALSE(rebuild({anna}).at(0).permitted);
  EXPECT_EQ(reason(anna), Reason::kNoChannelConsent);
}

TEST_F(PermitTest, APhoneHasSmsAndCallsAndAProfileWithoutContactsNothing) {
  const RecordId anna = world.new_record();
  EXPECT_EQ(rebuild({person({anna}, {{anna, kPhoneIndex, tag_of(1), false}})}).size(), 2U);
  EXPECT_TRUE(rebuild({person({anna}, {})}).empty());
  EXPECT_TRUE(rebuild({person({anna}, {{anna, 3, tag_of(1), false}})}).empty());
}

TEST_F(PermitTest, LosingTheContactPointsTakesThePermitsAway) {
  const RecordId anna = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  PersonFacts profile = with_email(anna, tag_of(1));
  EXPECT_EQ(rebuild({profile}).size(), 1U);
  profile.contacts.clear();
  EXPECT_TRUE(rebuild({profile}).empty());
}

TEST_F(PermitTest, AWithdrawalOfAnyRecordOfTheProfileEndsThePermit) {
  const RecordId anna = world.new_record();
  const RecordId second = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  const PersonFacts profile = person({anna, second}, {{anna, kEmailIndex, tag_of(1), false}});
  EXPECT_EQ(reason(profile), Reason::kOk);
  world.wait_hours(24);
  world.say(world.event(second, ConsentAction::kWithdraw, kEmailChannel, {}, "stop"));
  EXPECT_EQ(reason(profile), Reason::kConsentWithdrawn);
}

TEST_F(PermitTest, ARelativesDenialOfTheSharedAddressEndsThePermit) {
  const RecordId anna = world.new_record();
  const RecordId bert = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  world.wait_hours(24);
  world.say(world.event(bert, ConsentAction::kWithdraw, kEmailChannel, tag_of(1), "stop"));
  EXPECT_EQ(reason(with_email(anna, tag_of(1))), Reason::kConsentWithdrawn);
}

TEST_F(PermitTest, ADenialWithoutAddressOfAnotherHolderBindsToo) {
  const RecordId anna = world.new_record();
  const RecordId bert = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  world.say(world.event(bert, ConsentAction::kObject, 0, {}, "leave us alone"));
  PersonFacts profile = with_email(anna, tag_of(1));
  EXPECT_EQ(reason(profile), Reason::kOk);
  profile.contacts[0].other_holders = {bert};
  EXPECT_EQ(reason(profile), Reason::kObjectionMarketing);
}

TEST_F(PermitTest, ASuppressedAddressIsDeniedUntilTheVerifiedHolderConsentsLater) {
  const RecordId anna = world.new_record();
  const PersonFacts profile = with_email(anna, tag_of(1));
  world.give_both_keys(anna, tag_of(1));
  world.must([&](Tx& tx) {
    return world.suppressions.suppress(tx, world.act, {tag_of(1), hidden(1)}, kEmailChannel,
                                       tx.now());
  });
  EXPECT_EQ(reason(profile), Reason::kSuppressed);
  world.wait_hours(24);
  ConsentEvent again =
      world.event(anna, ConsentAction::kGive, kEmailChannel, tag_of(1), "sign-up again");
  world.say(again);
  EXPECT_EQ(reason(profile), Reason::kSuppressed);
  world.wait_hours(24);
  again = world.event(anna, ConsentAction::kGive, kEmailChannel, tag_of(1), "confirmed");
  again.by_verified_holder = true;
  world.say(again);
  EXPECT_EQ(reason(profile), Reason::kOk);
}

TEST_F(PermitTest, ARestrictionAndAnErasureOfAnyRecordBindTheProfile) {
  const RecordId anna = world.new_record();
  const RecordId second = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  const PersonFacts profile = person({anna, second}, {{anna, kEmailIndex, tag_of(1), false}});
  const Timestamp end{world.clock.now().us + 10 * kDayUs};
  world.must([&](Tx& tx) -> Status {
    const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kRequestReceived));
    RecordFlags::set(tx, leaf, {&second, 1}, RecordFlag::kRestriction, tx.now(), end);
    return Unit{};
  });
  const auto rows = rebuild({profile});
  EXPECT_EQ(rows.at(0).reason, Reason::kRestricted);
  EXPECT_EQ(rows.at(0).until, utc_date(end));
  world.set_state(second, 1);
  EXPECT_EQ(reason(profile), Reason::kSubjectErased);
}

TEST_F(PermitTest, AConsentThatEndsTellsFromWhichDayOn) {
  const RecordId anna = world.new_record();
  world.say(world.event(anna, ConsentAction::kGive, 0, {}, "processing"));
  ConsentEvent mail = world.event(anna, ConsentAction::kGive, kEmailChannel, tag_of(1), "email");
  mail.expires_on = day("2026-12-01");
  world.say(mail);
  const PersonFacts profile = with_email(anna, tag_of(1));
  EXPECT_EQ(rebuild({profile}).at(0).until, day("2026-12-02"));
  world.clock.advance_days(11);
  EXPECT_EQ(reason(profile), Reason::kConsentExpired);
}

TEST_F(PermitTest, AConsentInheritsTheOwnDocumentOfItsNotice) {
  PermitDeriver strict(shipped_policies(), {country("RU"), {country("RU")}, country("RU")});
  auto notices = load_notices(world.policies() / "notices.yaml");
  world.must([&](Tx& tx) { return Notices(world.journal).publish(tx, world.act, *notices); });
  const RecordId anna = world.new_record();
  const auto rest_on = [&](const char* processing, const char* mail) {
    for (const auto& [name, channel] : {std::pair(processing, 0), std::pair(mail, 1)}) {
      ConsentEvent e = world.event(anna, ConsentAction::kGive, std::uint8_t(channel),
                                   channel == 0 ? std::nullopt : std::optional(tag_of(1)), name);
      e.separate_document = false;
      e.notice = world.must([&](Tx& tx) { return Notices::in_force(tx, name, tx.now()); }).id;
      world.say(e);
    }
    PersonFacts profile = with_email(anna, tag_of(1));
    profile.says = {{anna, "RU", 34}};
    profile.citizenship = "RU";
    return world.must([&](Tx& tx) { return strict.derive(tx, {{profile}}); }).at(0).reason;
  };
  EXPECT_EQ(rest_on("ru-offer-2024", "ru-ads-2024"), Reason::kConsentNotSeparate);
  world.wait_hours(1);
  EXPECT_EQ(rest_on("ru-processing-2025", "ru-ads-email-2025"), Reason::kOk);
}

TEST_F(PermitTest, UnknownCountryIsUnderEveryTargetedLaw) {
  PermitDeriver both(shipped_policies(),
                     {country("DE"), {country("DE"), country("RU")}, country("DE")});
  const RecordId anna = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  PersonFacts profile = with_email(anna, tag_of(1));
  const auto laws = [&] {
    return world.must([&](Tx& tx) { return both.derive(tx, {{profile}}); }).at(0).laws;
  };
  const std::string known = laws();
  profile.says = {{anna, {}, 34}};
  profile.citizenship.reset();
  EXPECT_GT(laws().size(), known.size());
}

// What another record of the profile says makes nothing known of the one that holds the address.
TEST_F(PermitTest, ACountryOfAnotherRecordAddsLawsAndNeverTakesAnyAway) {
  PermitDeriver both(shipped_policies(),
                     {country("DE"), {country("DE"), country("RU")}, country("DE")});
  const RecordId anna = world.new_record();
  const RecordId other = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  PersonFacts profile = person({anna, other}, {{anna, kEmailIndex, tag_of(1), false}});
  profile.citizenship.reset();
  const auto laws = [&](std::optional<std::string> own, std::optional<std::string> others) {
    profile.says = {{anna, own, 34}, {other, others, 34}};
    return world.must([&](Tx& tx) { return both.derive(tx, {{profile}}); }).at(0).laws;
  };
  const std::string unknown = laws({}, {});
  EXPECT_EQ(laws({}, "DE"), unknown);
  EXPECT_EQ(laws("DE", {}), laws("DE", "DE"));
  EXPECT_EQ(laws("DE", "RU"), unknown);
  EXPECT_LT(laws("DE", "DE").size(), unknown.size());
}

TEST_F(PermitTest, AnAgeOfAnotherRecordOnlyRestricts) {
  const RecordId anna = world.new_record();
  const RecordId other = world.new_record();
  world.give_both_keys(anna, tag_of(1));
  PersonFacts profile = person({anna, other}, {{anna, kEmailIndex, tag_of(1), false}});
  const auto answer = [&](std::optional<int> own, std::optional<int> others) {
    profile.says = {{anna, "DE", own}, {other, "DE", others}};
    return world.must([&](Tx& tx) { return deriver.derive(tx, {{profile}}); }).at(0).reason;
  };
  EXPECT_EQ(answer({}, 34), answer({}, {}));
  EXPECT_EQ(answer(34, 12), answer(12, {}));
  EXPECT_EQ(answer({}, 12), answer(12, {}));
}

TEST_F(PermitTest, TheAppMayReplacePermitsButNotWriteThem) {
  auto refused = in_tx(world.data, world.tenant, [](Tx& tx) -> Status {
    tx.exec("DELETE FROM permit");
    return Unit{};
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kDenied);
}

TEST_F(PermitTest, TooManyProfilesAtOnceAreRefused) {
  const std::vector<PersonFacts> people(PermitDeriver::kPeopleMax + 1);
  auto refused =
      in_tx(world.data, world.tenant, [&](Tx& tx) { return deriver.rebuild(tx, people); });
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
}

TEST_F(PermitTest, TheOperatorComesFromTheTenantsRow) {
  world.must([&](Tx& tx) -> Status {
    auto tenant = load_operator(tx, country("DE"));
    EXPECT_EQ(tenant->country, country("DE"));
    EXPECT_EQ(tenant->targets, std::vector<Country>{country("DE")});
    return Unit{};
  });
}

TEST_F(PermitTest, ANightlyRebuildChangesNothingAndFindsWhatWasTamperedWith) {
  std::vector<PersonFacts> people;
  for (std::uint8_t i = 1; i <= 20; ++i) {
    const RecordId record = world.new_record();
    if (i % 2 == 0) world.give_both_keys(record, tag_of(i));
    people.push_back(with_email(record, tag_of(i)));
  }
  std::ranges::sort(people, {}, &PersonFacts::profile);
  const PeopleSource source = [&](Tx&, std::optional<ProfileId> after,
                                  std::size_t limit) -> Result<std::vector<PersonFacts>> {
    std::vector<PersonFacts> next;
    for (const PersonFacts& p : people) {
      if ((!after || p.profile > *after) && next.size() < limit) next.push_back(p);
    }
    return next;
  };
  const auto run = [&](std::optional<ProfileId> after = {}) {
    auto report = rebuild_all(world.data, world.tenant, deriver, source, after);
    EXPECT_TRUE(report.ok());
    return *report;
  };
  const RebuildReport first = run();
  EXPECT_EQ(first.profiles, 20U);
  EXPECT_EQ(first.changed, 20U);
  EXPECT_EQ(run().changed, 0U);
  world.clock.advance_days(1);
  EXPECT_EQ(run().changed, 0U);
  world.as_owner([](Tx& tx) { tx.exec("UPDATE permit SET permitted = true, reason = 0"); });
  const RebuildReport resumed = run(people[9].profile);
  EXPECT_EQ(resumed.profiles, 10U);
  EXPECT_EQ(resumed.changed + run().changed, 10U);
  EXPECT_EQ(run().changed, 0U);
}

// Not a promise, a figure: printed, never failed on.
TEST_F(PermitTest, PrintsHowManyProfilesASecondAreDerived) {
  const int count = 2'000;
  std::vector<PersonFacts> people;
  world.as_owner([&](Tx& tx) {
    std::vector<RecordId> records;
    for (int i = 0; i < count; ++i) {
      const RecordId record{Uuid::v7(world.clock, world.random)};
      records.push_back(record);
      Tag16 mail{};
      Tag16 phone{};
      world.random.fill(mail);
      world.random.fill(phone);
      people.push_back(person(
          {record}, {{record, kEmailIndex, mail, false}, {record, kPhoneIndex, phone, false}}));
    }
    tx.exec(
        "INSERT INTO record (tenant, record_id, source_id, external_tag, subject_ref, version, "
        "created_at, updated_at) SELECT $1, r, 1, uuid_send(r), r, 1, $3, $3 "
        "FROM unnest($2::uuid[]) AS r",
        {world.tenant, Param::array(records), tx.now()});
  });
  std::vector<ConsentEvent> events;
  std::vector<std::int32_t> positions;
  for (const PersonFacts& p : people) {
    events.push_back(world.event(p.records[0], ConsentAction::kGive, 0, {}, "processing"));
    events.push_back(
        world.event(p.records[0], ConsentAction::kGive, kEmailChannel, p.contacts[0].tag, "email"));
    positions.insert(positions.end(), {0, 0});
  }
  world.must([&](Tx& tx) {
    const EventId leaf = world.journal.append(tx, leaf_of(world.act, AuditEvent::kBatch));
    return world.ledger.store(tx, leaf, events, positions);
  });
  const auto start = std::chrono::steady_clock::now();
  const auto rows = world.must([&](Tx& tx) { return deriver.derive(tx, people); });
  const auto derived = std::chrono::steady_clock::now();
  world.must([&](Tx& tx) { return deriver.rebuild(tx, people); });
  const auto written = std::chrono::steady_clock::now();
  EXPECT_EQ(rows.size(), 3U * count);
  const auto rate = [&](auto span) {
    return static_cast<long>(count / std::chrono::duration<double>(span).count());
  };
  std::cout << "permits: " << rate(derived - start) << " profiles/s derived, "
            << rate(written - derived) << " derived and written\n";
}

}  // namespace
}  // namespace assent
