#include <gtest/gtest.h>

#include <fstream>

#include "identity/rejected.h"
#include "identity/search.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

const std::filesystem::path kAmocrm =
    std::filesystem::path(ASSENT_SOURCE_DIR) / "tests/golden/connectors/amocrm";

std::vector<RejectedNote> rejected(ImportWorld& world, Uuid import) {
  Tx tx(world.data, world.tenant);
  return list_rejected(tx, import, 0, 100);
}

TEST(ImportTest, ARowBecomesARecordWithSealedFieldsTagsAndAProfile) {
  ImportWorld world;
  const auto report =
      world.contacts("shop", "1,Anna,Ivanova,anna@example.com,+79260000001,1990-05-17,\n");
  EXPECT_EQ(report.stored, 1U);
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(world.count("SELECT count(*) FROM record_version"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM identifier"), 2);
  EXPECT_EQ(world.count("SELECT count(*) FROM contact_suppression_tag"), 2);
  EXPECT_EQ(world.people(), (std::set<Person>{{"shop:1"}}));
  EXPECT_EQ(world.count("SELECT age_band FROM record"), 35);
  EXPECT_EQ(world.count("SELECT birthday_month FROM record"), 5);
}

TEST(ImportTest, TheSameFileAgainChangesNothing) {
  ImportWorld world;
  const std::string rows =
      "1,Anna,Ivanova,anna@example.com,,,1\n2,Boris,Petrov,boris@example.com,,,\n";
  world.contacts("shop", rows);
  const auto before = world.summary();
  const auto versions = world.count("SELECT max(position) FROM change_feed");
  const auto again = world.contacts("shop", rows);
  EXPECT_EQ(again.unchanged, 2U);
  EXPECT_EQ(again.stored, 0U);
  EXPECT_EQ(world.summary(), before);
  EXPECT_EQ(world.count("SELECT max(position) FROM change_feed"), versions);
}

TEST(ImportTest, AChangedRowIsANewVersionAndForgetsItsOldIdentifiers) {
  ImportWorld world;
  world.contacts("shop", "1,Anna,Ivanova,old@example.com,,,\n");
  const auto report = world.contacts("shop", "1,Anna,Ivanova,new@example.com,,,\n");
  EXPECT_EQ(report.stored, 1U);
  EXPECT_EQ(world.count("SELECT version FROM record"), 2);
  EXPECT_EQ(world.count("SELECT count(*) FROM record"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM identifier"), 1);
}

TEST(ImportTest, OfTwoRowsOfOneIdInAFileTheLaterCounts) {
  ImportWorld world;
  const auto report =
      world.contacts("shop", "1,Anna,,mail.a@example.com,,,\n1,Anna,,mail.b@example.com,,,\n");
  EXPECT_EQ(report.stored, 2U);
  EXPECT_EQ(world.count("SELECT version FROM record"), 2);
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(tx.query("SELECT 1 FROM identifier WHERE tag = $1",
                     {world.tags().tag(kEmailIndex, "mail.b@example.com")})
                .size(),
            1);
}

TEST(ImportTest, AnOrganisationThatStandsTwiceInAFileIsAsItsLastRowSays) {
  const std::string captions = "ID,Тип,Название компании,Рабочий email\n";
  const std::string first = "1,компания,ООО Пример,old@example.com\n";
  const std::string last = "1,компания,ООО Пример и сыновья,new@example.com\n";
  for (const std::string& before : {std::string(), first}) {
    ImportWorld world;
    if (!before.empty()) world.import("crm", "amocrm_contacts", captions + before);
    const auto report = world.import("crm", "amocrm_contacts",
                                     captions + "1,компания,ООО Образец,mid@example.com\n" + last);
    EXPECT_EQ(report.stored, 2U);
    EXPECT_EQ(world.count("SELECT count(*) FROM organisation"), 1);
    Tx tx(world.data, world.tenant);
    const auto holds = [&](std::string_view email) {
      return units_with(tx, std::vector{world.tags().tag(kEmailIndex, email)}).size();
    };
    EXPECT_EQ(holds("new@example.com"), 1U);
    EXPECT_EQ(holds("mid@example.com") + holds("old@example.com"), 0U);
  }
}

TEST(ImportTest, EveryVariantOfTheAmocrmExportGivesTheSameRecords) {
  ImportWorld world;
  ASSERT_TRUE(
      world.try_import("crm", "amocrm_contacts", kAmocrm / "amocrm_export_contacts_utf8.csv").ok());
  const auto records = world.count("SELECT count(*) FROM record");
  const auto organisations = world.count("SELECT count(*) FROM organisation");
  const auto identifiers = world.count("SELECT count(*) FROM identifier");
  const auto people = world.people();
  EXPECT_GT(records, 15);
  EXPECT_GT(organisations, 0);
  for (const auto* name :
       {"amocrm_export_contacts_utf8_bom.csv", "amocrm_export_contacts_cp1251_semicolon.csv",
        "amocrm_export_contacts.xlsx"}) {
    auto report = world.try_import("crm", "amocrm_contacts", kAmocrm / name);
    ASSERT_TRUE(report.ok()) << name;
    EXPECT_EQ(world.count("SELECT count(*) FROM record"), records) << name;
    EXPECT_EQ(world.count("SELECT count(*) FROM organisation"), organisations) << name;
    EXPECT_EQ(world.count("SELECT count(*) FROM identifier"), identifiers) << name;
    EXPECT_EQ(world.people(), people) << name;
  }
}

TEST(ImportTest, ARowThatCannotBeStoredIsRejectedWithItsPlaceAndSealed) {
  ImportWorld world;
  const auto report = world.contacts("shop",
                                     "1,Anna,,anna@example.com,,,\n,Nobody,,mail.x@example.com,,,"
                                     "\n3,Eve,,mail.e@example.com,,,\n");
  EXPECT_EQ(report.stored, 2U);
  EXPECT_EQ(report.rejected, 1U);
  const auto notes = rejected(world, report.import);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].line, 3U);
  EXPECT_EQ(notes[0].column, 1U);
  EXPECT_EQ(notes[0].field, "external_id");
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(tx.query("SELECT 1 FROM unit_tag WHERE unit_id = $1 AND tag = $2",
                     {notes[0].id, world.tags().tag(kEmailIndex, "mail.x@example.com")})
                .size(),
            1);
}

TEST(ImportTest, ARejectedRowEndsAfterThirtyDays) {
  ImportWorld world;
  const auto report = world.contacts("shop", ",Nobody,,mail.x@example.com,,,\n");
  {
    Tx tx(world.data, world.tenant);
    EXPECT_TRUE(expired_rejects(tx, 10).empty());
  }
  world.clock.advance_days(kRejectedDays);
  Tx tx(world.data, world.tenant);
  EXPECT_EQ(expired_rejects(tx, 10), std::vector<Uuid>{rejected(world, report.import)[0].id});
}

TEST(ImportTest, ASourceKeepsItsMapping) {
  ImportWorld world;
  world.contacts("shop", "1,Anna,,,,,\n");
  auto refused = world.try_import("shop", "orders", world.file(kOrderCaptions));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
}

TEST(ImportTest, ASourceWithABadNameIsRefused) {
  ImportWorld world;
  auto refused = world.try_import("Shop!", "contacts", world.file(kContactCaptions));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(world.count("SELECT count(*) FROM import"), 0);
}

TEST(ImportTest, AFileWithAnUnknownColumnIsRefusedWhole) {
  ImportWorld world;
  auto refused =
      world.try_import("shop", "contacts", world.file("external_id,favourite\n1,blue\n"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(world.count("SELECT count(*) FROM record"), 0);
}

TEST(ImportTest, AnOptOutColumnIsADenialAndSuppressesTheContactPoint) {
  ImportWorld world;
  world.contacts("shop", "1,Anna,,anna@example.com,+79260000001,,1\n");
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event WHERE channel = 1 AND action = 5"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM suppression WHERE channel = 1"), 1);
  EXPECT_EQ(world.count("SELECT count(*) FROM permit WHERE channel = 1 AND permitted"), 0);
}

TEST(ImportTest, ConsentClaimsAreStoredOnceAndAddToTheRecord) {
  ImportWorld world;
  world.contacts("shop", "1,Anna,,anna@example.com,,,\n");
  const std::string claims =
      "external_id,purpose,channel,action,effective_at,notice,method\n"
      "1,direct_marketing,email,give,2025-10-01T10:00:00Z,ru-ads-email-2025,web_form\n"
      "1,direct_marketing,,give,2025-10-01T10:00:00Z,ru-processing-2025,web_form\n";
  EXPECT_EQ(world.import("shop", "contacts", claims).stored, 2U);
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event WHERE notice_id IS NOT NULL"), 2);
  EXPECT_EQ(world.count("SELECT count(*) FROM record_version"), 1);
  EXPECT_EQ(world.import("shop", "contacts", claims).unchanged, 2U);
  EXPECT_EQ(world.count("SELECT count(*) FROM consent_event"), 2);
}

TEST(ImportTest, AClaimForAnUnregisteredPurposeIsRejected) {
  ImportWorld world;
  const auto report =
      world.import("shop", "contacts",
                   "external_id,purpose,channel,action,effective_at,notice,method\n"
                   "1,fortune_telling,email,give,2025-10-01T10:00:00Z,,web_form\n"
                   "2,direct_marketing,email,give,2031-10-01T10:00:00Z,,web_form\n"
                   "3,direct_marketing,email,give,2025-10-01T10:00:00Z,no-such-notice,web_form\n");
  EXPECT_EQ(report.rejected, 3U);
  const auto notes = rejected(world, report.import);
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[0].reason, "the purpose is not registered");
  EXPECT_EQ(notes[0].column, 2U);
  EXPECT_EQ(notes[1].reason, "the statement lies in the future");
  EXPECT_EQ(notes[1].column, 5U);
  EXPECT_EQ(notes[2].reason, "the notice was not published on the day of the statement");
  EXPECT_EQ(notes[2].column, 6U);
  EXPECT_EQ(world.count("SELECT count(*) FROM record"), 0);
}

TEST(ImportTest, ARowThatMadeARecordIsStored) {
  ImportWorld world;
  const auto report = world.import("shop", "contacts", "external_id,email_opt_out\n1,\n");
  EXPECT_EQ(report.stored, 1U);
  EXPECT_EQ(report.unchanged, 0U);
  EXPECT_EQ(report.records_made, 1U);
  const auto again = world.import("shop", "contacts", "external_id,email_opt_out\n1,\n\n");
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_EQ(again.records_made, 0U);
}

TEST(ImportTest, WhatWasMadeAddsUpToWhatThereIs) {
  ImportWorld world;
  auto crm =
      world.try_import("crm", "amocrm_contacts", kAmocrm / "amocrm_export_contacts_utf8.csv");
  ASSERT_TRUE(crm.ok());
  EXPECT_EQ(static_cast<std::int64_t>(crm->records_made),
            world.count("SELECT count(*) FROM record"));
  EXPECT_EQ(static_cast<std::int64_t>(crm->organisations_made),
            world.count("SELECT count(*) FROM organisation"));
  EXPECT_EQ(crm->records_made + crm->organisations_made, crm->stored);
  world.contacts("shop", "c1,Anna,,anna@example.com,,,\n");
  const auto orders =
      world.import("web", "orders", kOrderCaptions + "c1,o1,2026-01-02T10:00:00Z,1,EUR\n", "shop");
  EXPECT_EQ(orders.orders_made, 1U);
  EXPECT_EQ(orders.records_made, 0U);
  EXPECT_EQ(world.count("SELECT count(*) FROM purchase JOIN source USING (tenant, source_id) "
                        "WHERE name = 'web'"),
            1);
}

TEST(ImportTest, EveryFaultOfAClaimNamesItsCell) {
  ImportWorld world;
  const auto report = world.import("shop", "contacts",
                                   "external_id,purpose,channel,action,effective_at,method\n"
                                   "1,direct_marketing,pigeon,give,2025-10-01,web_form\n"
                                   "2,direct_marketing,email,adore,2025-10-01,web_form\n"
                                   "3,direct_marketing,email,give,2025-10-01,dream\n");
  const auto notes = rejected(world, report.import);
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[0].column, 3U);
  EXPECT_EQ(notes[1].column, 4U);
  EXPECT_EQ(notes[2].column, 6U);
  EXPECT_EQ(notes[2].line, 4U);
}

TEST(ImportTest, AWarningNamesTheFirstLineItIsOf) {
  ImportWorld world;
  const auto report =
      world.contacts("shop", "1,Anna,,anna@example.com,,,\n2,Boris,,no-address,,,\n3,,,no,,,\n");
  ASSERT_EQ(report.warnings_by_kind.size(), 1U);
  const auto& [kind, seen] = *report.warnings_by_kind.begin();
  EXPECT_EQ(kind.column, 4U);
  EXPECT_EQ(seen.rows, 2U);
  EXPECT_EQ(seen.first_line, 3U);
}

TEST(ImportTest, TheBatchLeafSealsEveryRow) {
  ImportWorld world;
  world.contacts("shop", "1,Anna,,anna@example.com,,,1\n,Nobody,,,,,\n");
  Tx tx(world.sequencer, TenantId{});
  const Rows rows = tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1", {world.tenant});
  int batches = 0;
  for (const auto& row : rows) {
    auto leaf = decode(row.view(0));
    ASSERT_TRUE(leaf.ok());
    if (leaf->event != AuditEvent::kBatch) continue;
    ++batches;
    EXPECT_EQ(leaf->result_count, 3U);  // A version, an opt-out, a rejected row.
    EXPECT_NE(leaf->record_hash, Hash32{});
  }
  EXPECT_EQ(batches, 1);
}

TEST(ImportTest, TheAppRoleCannotWriteWithoutALeaf) {
  ImportWorld world;
  auto refused = in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("SELECT register_source($1, 'x', 'y', false, now())", {Uuid::v4(world.random)});
    return Unit{};
  });
  EXPECT_FALSE(refused.ok());
}

}  // namespace
}  // namespace assent
