#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "consent/ledger.h"
#include "consent/suppression.h"
#include "identity/profile_facts.h"
#include "identity/unmerge.h"
#include "rights/safe_restore.h"
#include "rights/sweeper.h"
#include "tests/rights/restored_rows.h"

namespace assent {
namespace {

// Addresses that may be written to, as the permits say.
using Permitted = std::set<std::pair<Tag16, int>>;
Permitted permitted(RightsWorld& world) {
  Permitted all;
  Tx tx(world.data, world.tenant);
  const Rows rows = tx.query("SELECT contact_tag, channel FROM permit WHERE permitted");
  for (const auto& row : rows) all.emplace(row.tag(0), static_cast<int>(row.integer(1)));
  return all;
}

constexpr auto kConsentCaptions =
    "external_id,first_name,last_name,email,birth_date,country,purpose,channel,action,effective_at,"
    "notice,method\n";

// A person of full age in Germany who agreed to e-mail.
std::string agreed(const std::string& id, const std::string& name) {
  return id + "," + name + ",Muster," + id +
         "@example.com,1980-01-02,DE,direct_marketing,email,give,"
         "2026-01-10T10:00:00Z,eu-email-2025,double_opt_in\n";
}

class RestoreTest : public ::testing::Test {
 protected:
  void import(const std::string& rows) {
    world.import("shop", "contacts", kConsentCaptions + rows);
  }
  void withdraw(const std::string& id) {
    const RecordId record = world.record("shop", id);
    const auto done = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
      Statement said;
      said.record = record;
      said.channel = static_cast<std::uint8_t>(Channel::kEmail);
      said.effective_at = tx.now();
      said.source_event_key = "withdrawal of " + id;
      const auto recorded = Ledger(world.journal).withdraw(tx, world.act, said);
      if (!recorded.ok()) return recorded.error();
      return refresh_permits(tx, *world.permits, std::vector{record});
    });
    ASSERT_TRUE(done.ok()) << done.error().reason.view();
  }
  void restore_fails(ErrorCode code) {
    const auto refused = Restorer(world).restore().plan(world.tenant);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, code);
  }
  void in_safe(StaticText sql, const std::vector<Param>& params) {
    Database superuser(TestClusters::instance().safe("postgres"), world.clock);
    Tx tx(superuser, world.tenant);
    tx.exec(sql, params);
    tx.commit();
  }
  // Other worlds of the program ask whether everything is whole.
  void TearDown() override {
    in_safe("DELETE FROM denial WHERE tenant = $1", {world.tenant});
    Tx tx(world.owner, world.tenant);
    tx.exec("UPDATE audit_head SET rows_lost_from = NULL WHERE tenant = $1", {world.tenant});
    tx.commit();
  }
  RightsWorld world;
};

TEST_F(RestoreTest, DataThatIsNotFromABackupIsWhole) {
  import(agreed("anna", "Anna"));
  withdraw("anna");
  RowsBackup backup(world);
  EXPECT_TRUE(Restorer(world).is_whole());
}

TEST_F(RestoreTest, WhoWasErasedSinceIsErasedAgainAndEverybodyElseStays) {
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  const RecordId anna = world.record("shop", "anna");
  const auto copy = world.copy_of(anna);
  RowsBackup backup(world);
  const RequestId request = world.erase(RightsWorld::by_email("anna@example.com"));
  backup.bring_back();
  ASSERT_EQ(world.record("shop", "anna"), anna);  // The rows are there again.
  EXPECT_FALSE(Restorer(world).is_whole());

  const RestorePlan plan = Restorer(world).plan();
  ASSERT_EQ(plan.erasures.size(), 1U);
  EXPECT_EQ(plan.erasures[0].request, request);
  EXPECT_EQ(plan.erasures[0].records, std::vector{anna});
  EXPECT_EQ(plan.destructions, 1U);
  EXPECT_TRUE(plan.untold.empty());
  Restorer(world).run();
  EXPECT_TRUE(Restorer(world).is_whole());
  EXPECT_FALSE(world.opens_with_a_key_left(copy));
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM record_version"), 1);
  EXPECT_EQ(world.first_name(world.record("shop", "boris")), "Boris");
  // Under the request that the person made, received when it was.
  const auto certificate = world.service().certificate(world.tenant, world.act, request);
  ASSERT_TRUE(certificate.ok()) << certificate.error().reason.view();
  const auto received = world.leaves_of(AuditEvent::kRequestReceived);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_NE(certificate->reveal().find(to_rfc3339(received[0].time)), std::string_view::npos);
  EXPECT_EQ(world.leaves_of(AuditEvent::kDataRestored).size(), 1U);
}

TEST_F(RestoreTest, AnErasureWhoseKeysWereNotDestroyedYetIsTakenUpAgain) {
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  RowsBackup backup(world);
  const auto asked =
      world.service().request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"));
  ASSERT_TRUE(asked.ok());
  backup.bring_back();
  ASSERT_EQ(Restorer(world).plan().erasures.at(0).request, asked->id);
  Restorer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2"), 1);
  EXPECT_TRUE(world.service().certificate(world.tenant, world.act, asked->id).ok());
}

TEST_F(RestoreTest, AnErasureOfRejectedRowsAloneIsDoneAgainToo) {
  const std::string nina = "nina,Nina,Muster,nina@example.com,31.02.1990,DE,,,,,,\n";
  import(nina);
  RowsBackup backup(world);
  world.erase(RightsWorld::by_email("nina@example.com"));
  backup.bring_back();
  ASSERT_EQ(world.count("SELECT count(*) FROM rejected_row"), 1);
  Restorer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
  // Her return is refused as before.
  const auto report = world.import("shop", "contacts", kConsentCaptions + agreed("nina", "Nina"));
  EXPECT_EQ(report.rejected, 1U);
}

TEST_F(RestoreTest, WhatWasRefusedSinceBindsAgain) {
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  ASSERT_EQ(permitted(world).size(), 2U);
  RowsBackup backup(world);
  withdraw("anna");
  const Permitted before = permitted(world);
  ASSERT_EQ(before.size(), 1U);
  backup.bring_back();
  ASSERT_EQ(permitted(world).size(), 2U);  // The backup has forgotten it.
  Restorer(world).run();
  EXPECT_EQ(permitted(world), before);
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event WHERE action = 4"), 1);
}

TEST_F(RestoreTest, ADenialOfSomebodyWhomTheBackupDoesNotKnowBindsTheAddress) {
  import(agreed("anna", "Anna"));
  RowsBackup backup(world);
  import(agreed("carl", "Carl"));
  withdraw("carl");
  ASSERT_EQ(permitted(world).size(), 1U);
  backup.bring_back();
  EXPECT_EQ(Restorer(world).run(), 1U);
  import(agreed("carl", "Carl"));  // The file that said so before says so again.
  EXPECT_EQ(permitted(world).size(), 1U);
}

TEST_F(RestoreTest, AnAddressThatWasSuppressedIsSuppressedAgain) {
  RowsBackup backup(world);
  const ContactTags address{Tag16{9}, Hash32{7}};
  const auto done = in_tx(world.data, world.tenant, [&](Tx& tx) {
    return Suppressions(world.journal).suppress(tx, world.act, address, 0, tx.now());
  });
  ASSERT_TRUE(done.ok());
  backup.bring_back();
  ASSERT_EQ(world.count("SELECT count(*) FROM suppression"), 0);
  Restorer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM suppression"), 1);
}

TEST_F(RestoreTest, WhoWasDeclaredToBeTwoAreTwoAgain) {
  world.contacts("shop", "1,Anna,Muster,family@example.com,,,\n");
  world.contacts("crm", "2,Anna,Muster,family@example.com,,,\n");
  ASSERT_EQ(world.people().size(), 1U);
  RowsBackup backup(world);
  const auto parted = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    Resolver resolver = world.resolver();
    const auto done = unmerge(tx, world.act, world.journal, resolver, world.record("shop", "1"));
    if (!done.ok()) return done.error();
    return Unit{};
  });
  ASSERT_TRUE(parted.ok());
  const auto people = world.people();
  ASSERT_EQ(people.size(), 2U);
  backup.bring_back();
  ASSERT_EQ(world.people().size(), 1U);
  Restorer(world).run();
  EXPECT_EQ(world.people(), people);
}

TEST_F(RestoreTest, KeysOfWhomTheBackupDoesNotKnowStayForAWeek) {
  import(agreed("anna", "Anna"));
  RowsBackup backup(world);
  import(agreed("carl", "Carl"));
  withdraw("carl");
  const auto copy = world.copy_of(world.record("shop", "carl"));
  backup.bring_back();
  Restorer(world).run();
  const auto sweep = [&] {
    EXPECT_TRUE(KeySweeper(world.rights()).name_due(world.tenant).ok());
    world.destroy_keys();
  };
  world.clock.advance_days(6);
  sweep();
  EXPECT_TRUE(world.opens_with_a_key_left(copy));
  world.clock.advance_days(2);
  sweep();
  EXPECT_FALSE(world.opens_with_a_key_left(copy));
}

TEST_F(RestoreTest, DoneTwiceItIsDoneOnce) {
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  RowsBackup backup(world);
  world.erase(RightsWorld::by_email("anna@example.com"));
  withdraw("boris");
  backup.bring_back();
  const DataRestore restore = Restorer(world).restore();
  const RestorePlan first = Restorer(world).plan();
  ASSERT_TRUE(restore.replay(first, world.act, {}).ok());
  ASSERT_TRUE(restore.erase_again(first, world.act).ok());
  // As after a kill: everything is looked at anew.
  EXPECT_TRUE(Restorer(world).plan().erasures.empty());
  Restorer(world).run();
  const auto rows = world.count("SELECT count(*) FROM consent_event");
  const auto requests = world.count("SELECT count(*) FROM request");
  Restorer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event"), rows);
  EXPECT_EQ(world.count("SELECT count(*) FROM request"), requests);
  EXPECT_TRUE(Restorer(world).is_whole());
}

TEST_F(RestoreTest, ACrashAtAnyPointIsFinishedByTheNextRun) {
  struct Crash {};
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  RowsBackup backup(world);
  world.erase(RightsWorld::by_email("anna@example.com"));
  withdraw("boris");
  for (const StaticText point : DataRestore::kFaultPoints) {
    SCOPED_TRACE(std::string(point.view()));
    backup.bring_back();
    bool crashed = false;
    const auto crash = [&](StaticText at) {
      if (at.view() != point.view()) return;
      crashed = true;
      throw Crash{};
    };
    EXPECT_THROW(Restorer(world).run(crash), Crash);
    EXPECT_TRUE(crashed);
    EXPECT_FALSE(Restorer(world).is_whole());  // Nobody is served in between.
    Restorer(world).run();
    EXPECT_TRUE(Restorer(world).is_whole());
    EXPECT_TRUE(permitted(world).empty());
    EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2"), 1);
    EXPECT_EQ(world.count("SELECT count(*) FROM request WHERE state = 'completed'"), 1);
    EXPECT_EQ(world.count("SELECT count(*) FROM consent_event WHERE action = 4"), 1);
  }
}

TEST_F(RestoreTest, WhatIsDeniedAfterwardsReachesTheJournal) {
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  RowsBackup backup(world);
  withdraw("anna");
  backup.bring_back();
  Restorer(world).run();
  withdraw("boris");
  RowsBackup later(world);
  later.bring_back();
  EXPECT_TRUE(Restorer(world).is_whole());
  // A position was not given twice: the second loss is noticed, and mended.
  RowsBackup again(world);
  world.erase(RightsWorld::by_email("anna@example.com"));
  again.bring_back();
  EXPECT_FALSE(Restorer(world).is_whole());
  Restorer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2"), 1);
  EXPECT_TRUE(permitted(world).empty());
}

// Another safe than today's.

TEST_F(RestoreTest, ASafeThatDoesNotShowADestructionIsRefused) {
  import(agreed("anna", "Anna"));
  RowsBackup backup(world);
  world.erase(RightsWorld::by_email("anna@example.com"));
  backup.bring_back();
  in_safe("UPDATE tombstone SET commitments = sha256(commitments) WHERE tenant = $1",
          {world.tenant});
  restore_fails(ErrorCode::kCorrupt);
  in_safe("DELETE FROM destruction WHERE tenant = $1", {world.tenant});
  restore_fails(ErrorCode::kCorrupt);
}

TEST_F(RestoreTest, ASafeThatDoesNotKnowTheRecordsIsRefused) {
  import(agreed("anna", "Anna"));
  RowsBackup backup(world);
  withdraw("anna");
  backup.bring_back();
  in_safe("DELETE FROM subject_key WHERE tenant = $1 AND purpose = 0", {world.tenant});
  restore_fails(ErrorCode::kNotFound);
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 0"), 1);  // Nobody was erased.
}

TEST_F(RestoreTest, OfARequestThatNobodyKnowsOfWhomTheOfficerIsTold) {
  import(agreed("anna", "Anna"));
  RowsBackup backup(world);
  const auto asked =
      world.service().request(world.tenant, world.act, RightsWorld::by_email("anna@example.com"));
  ASSERT_TRUE(asked.ok());
  backup.bring_back();
  in_safe("DELETE FROM denial WHERE tenant = $1", {world.tenant});  // It was not followed in time.
  EXPECT_EQ(Restorer(world).plan().untold, std::vector{asked->id});
}

TEST_F(RestoreTest, ALineOfTheJournalThatIsNotOursStopsIt) {
  import(agreed("anna", "Anna"));
  RowsBackup backup(world);
  withdraw("anna");
  backup.bring_back();
  for (const char* body :
       {"no json", "[]", R"({"events":[{"event":1}]})",
        R"({"events":[{"event":"x","purpose":1,"channel":1,"contact":"zz"}]})"}) {
    in_safe("UPDATE denial SET body = convert_to($2, 'UTF8') WHERE tenant = $1",
            {world.tenant, std::string(body)});
    restore_fails(ErrorCode::kCorrupt);
  }
}

// The other way round: an older safe under today's data.

TEST_F(RestoreTest, AnOlderSafeLosesAgainWhatTheDataSaysIsErased) {
  import(agreed("anna", "Anna") + agreed("boris", "Boris"));
  const auto copy = world.copy_of(world.record("shop", "anna"));
  in_safe("DROP TABLE IF EXISTS kept_key", {});
  in_safe("CREATE TABLE kept_key AS SELECT * FROM subject_key WHERE purpose = 0", {});
  world.erase(RightsWorld::by_email("anna@example.com"));
  EXPECT_TRUE(*is_safe_whole(world.data, world.safe, world.tenant));
  in_safe("DELETE FROM subject_key WHERE tenant = $1 AND purpose = 0", {world.tenant});
  in_safe("INSERT INTO subject_key SELECT * FROM kept_key WHERE tenant = $1", {world.tenant});
  in_safe("DELETE FROM tombstone WHERE tenant = $1", {world.tenant});
  in_safe("DELETE FROM destruction WHERE tenant = $1", {world.tenant});
  ASSERT_TRUE(world.opens_with_a_key_left(copy));
  EXPECT_FALSE(*is_safe_whole(world.data, world.safe, world.tenant));
  const SafeRestore restore(world.rights());
  EXPECT_EQ(*restore.destroy_again(world.tenant, world.act), 1U);
  EXPECT_EQ(*restore.destroy_again(world.tenant, world.act), 0U);
  world.destroy_keys();
  EXPECT_FALSE(world.opens_with_a_key_left(copy));
  EXPECT_EQ(*restore.records_without_key(world.tenant), 0U);
  EXPECT_EQ(world.first_name(world.record("shop", "boris")), "Boris");
  EXPECT_TRUE(*is_safe_whole(world.data, world.safe, world.tenant));
  EXPECT_EQ(*restore.destroy_again(world.tenant, world.act), 0U);
}

TEST_F(RestoreTest, AfterAnOlderSafeOlderDataIsRestoredAllTheSame) {
  import(agreed("anna", "Anna"));
  in_safe("DROP TABLE IF EXISTS kept_key", {});
  in_safe("CREATE TABLE kept_key AS SELECT * FROM subject_key WHERE purpose = 0", {});
  import(agreed("boris", "Boris"));  // The safe of then knows nothing of him.
  RowsBackup backup(world);
  world.erase(RightsWorld::by_email("anna@example.com"));
  world.erase(RightsWorld::by_email("boris@example.com"));
  in_safe("INSERT INTO subject_key SELECT * FROM kept_key WHERE tenant = $1", {world.tenant});
  in_safe("DELETE FROM tombstone WHERE tenant = $1", {world.tenant});
  in_safe("DELETE FROM destruction WHERE tenant = $1", {world.tenant});
  EXPECT_EQ(*SafeRestore(world.rights()).destroy_again(world.tenant, world.act), 2U);
  world.destroy_keys();
  ASSERT_TRUE(KeySweeper(world.rights()).finish(world.tenant).ok());
  world.run_log();
  backup.bring_back();
  Restorer(world).run();
  EXPECT_EQ(world.count("SELECT count(*) FROM record WHERE state = 2"), 2);
  EXPECT_TRUE(Restorer(world).is_whole());
}

// I6 and decisions 4, whatever happened since the backup: nobody may be written to who might not be
// before, no key opens who was erased, and everybody else is there.
RC_GTEST_PROP(RestorePropertyTest, ARestoreRestrictsAndForgetsNobody, ()) {
  const auto pick = [](int from, int to) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1));
  };
  RightsWorld world;
  const int people = pick(1, 6);
  const auto name = [](int i) { return "p" + std::to_string(i); };
  std::string rows;
  for (int i = 0; i < people; ++i) rows += agreed(name(i), "Anna");
  world.import("shop", "contacts", kConsentCaptions + rows);
  std::map<int, RightsWorld::Copy> copies;
  for (int i = 0; i < people; ++i) copies[i] = world.copy_of(world.record("shop", name(i)));
  RowsBackup backup(world);
  std::set<int> erased;
  for (int i = 0; i < people; ++i) {
    const int fate = pick(0, 3);
    const RecordId record = world.record("shop", name(i));
    if (fate == 1) {
      erased.insert(i);
      world.erase(RightsWorld::by_email(name(i) + "@example.com"));
    } else if (fate > 1) {
      const auto said = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
        Statement statement;
        statement.record = record;
        statement.channel =
            fate == 2 ? std::uint8_t{0} : static_cast<std::uint8_t>(Channel::kEmail);
        statement.effective_at = tx.now();
        statement.source_event_key = name(i);
        const Ledger ledger(world.journal);
        const auto done = fate == 2 ? ledger.object(tx, world.act, statement)
                                    : ledger.withdraw(tx, world.act, statement);
        if (!done.ok()) return done.error();
        return refresh_permits(tx, *world.permits, std::vector{record});
      });
      RC_ASSERT(said.ok());
    }
  }
  const Permitted before = permitted(world);
  backup.bring_back();
  Restorer(world).run();
  const Permitted after = permitted(world);
  RC_ASSERT(std::includes(before.begin(), before.end(), after.begin(), after.end()));
  for (int i = 0; i < people; ++i) {
    RC_ASSERT(world.opens_with_a_key_left(copies[i]) == !erased.contains(i));
    if (!erased.contains(i)) RC_ASSERT(world.first_name(copies[i].record) == "Anna");
  }
  RC_ASSERT(Restorer(world).is_whole());
}

}  // namespace
}  // namespace assent
