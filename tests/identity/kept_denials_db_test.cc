#include <gtest/gtest.h>

#include "consent/suppression.h"
#include "identity/rejected.h"
#include "tests/identity/import_world.h"

namespace assent {
namespace {

const std::string kClaimCaptions =
    "external_id,email,birth_date,email_opt_out,purpose,channel,action,effective_at,notice,"
    "method\n";

// Boris may be written to: both keys, proven.
void consent(ImportWorld& world, const std::string& source = "shop") {
  world.contacts(source, "1,Boris,,boris@example.com,+79260000001,,\n");
  world.import(source, "contacts",
               "external_id,purpose,channel,action,effective_at,notice,method\n"
               "1,direct_marketing,email,give,2025-10-01T10:00:00Z,ru-ads-email-2025,web_form\n"
               "1,direct_marketing,,give,2025-10-01T10:00:00Z,ru-processing-2025,web_form\n");
}

std::int64_t denials(ImportWorld& world) {
  return world.count("SELECT count(*) FROM consent_event WHERE action IN (3, 4, 5)");
}
std::int64_t suppressions(ImportWorld& world, StaticText where) {
  return world.count(where);
}
constexpr StaticText kEmailSuppressed = "SELECT count(*) FROM suppression WHERE channel IN (0, 1)";
constexpr StaticText kLatest =
    "SELECT (extract(epoch FROM max(since)) * 1000000)::bigint "
    "FROM suppression";

ImportReport claim(ImportWorld& world, const std::string& row) {
  return world.import("shop", "contacts", kClaimCaptions + row);
}

TEST(KeptDenialsTest, ARowRejectedForAnyOtherCellStillLeavesItsDenial) {
  for (const std::string row : {
           "1,boris@example.com,31.02.1990,1,,,,,,\n",
           "1,,,,direct_marketing,email,withdraw,2025-11-01T00:00:00Z,ru-ads-email-2025,link\n",
           "1,,,,direct_marketing,email,withdraw,2025-11-01T00:00:00Z,unsub-page,web_form\n",
           "1,,,,direct_marketing,email,withdraw,2031-11-01T00:00:00Z,,\n",
           "1,,,,direct_marketing,e-mail,withdraw,2025-11-01T00:00:00Z,,\n",
           "1,,,,advertising,email,object,2025-11-01T00:00:00Z,,\n",
           "1,,,,direct_marketing,email,refuse,,,\n",
           "1,,,1\n",
           "1,,,1,,,,,,,,x\n",
       }) {
    ImportWorld world;
    consent(world);
    const auto report = claim(world, row);
    EXPECT_EQ(report.rejected, 1U) << row;
    EXPECT_EQ(report.denials_kept, 1U) << row;
    EXPECT_GE(denials(world), 1) << row;
    EXPECT_GE(suppressions(world, kEmailSuppressed), 1) << row;
    EXPECT_EQ(world.count("SELECT count(*) FROM permit WHERE channel = 1 AND permitted"), 0) << row;
    EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row WHERE denials_kept"), 1) << row;
  }
}

TEST(KeptDenialsTest, ADenialThatIsDatedAheadCountsFromTheImport) {
  ImportWorld world;
  consent(world);
  claim(world, "1,,,,direct_marketing,email,withdraw,2031-11-01T00:00:00Z,,\n");
  EXPECT_LE(world.count("SELECT (extract(epoch FROM max(effective_at)) * 1000000)::bigint "
                        "FROM consent_event"),
            world.clock.now().us);
}

TEST(KeptDenialsTest, AnAddressNobodyIsKnownByIsSuppressedForWhoeverHoldsItLater) {
  ImportWorld world;
  const auto report = claim(world, "9,eve@example.com,31.02.1990,1,,,,,,\n");
  EXPECT_EQ(report.denials_kept, 1U);
  EXPECT_EQ(suppressions(world, kEmailSuppressed), 1);
  EXPECT_EQ(denials(world), 0);
  world.contacts("crm", "5,Eve,,eve@example.com,,,\n");
  Tx tx(world.data, world.tenant);
  const Tag16 contact = world.tags().tag(kEmailIndex, "eve@example.com");
  EXPECT_EQ(Suppressions::standing(tx, {&contact, 1}).size(), 1U);
}

TEST(KeptDenialsTest, TheHoldersOfADeniedAddressLoseTheirPermitInTheSameImport) {
  ImportWorld world;
  consent(world);
  ASSERT_EQ(world.count("SELECT count(*) FROM permit WHERE channel = 1 AND permitted"), 1);
  world.import("crm", "contacts", kClaimCaptions + ",boris@example.com,,1,,,,,,\n");
  EXPECT_EQ(world.count("SELECT count(*) FROM permit WHERE channel = 1 AND permitted"), 0);
}

TEST(KeptDenialsTest, TheSameFileAgainAddsNothingAndMovesNoDate) {
  ImportWorld world;
  consent(world);
  const std::string rows =
      "1,boris@example.com,31.02.1990,1,,,,,,\n"
      "9,eve@example.com,31.02.1990,1,,,,,,\n"
      "1,,,,direct_marketing,email,withdraw,2031-11-01T00:00:00Z,,\n";
  claim(world, rows);
  const auto events = denials(world);
  const auto since = world.count(kLatest);
  world.clock.advance_days(2);
  const auto again = claim(world, rows);
  EXPECT_EQ(again.denials_kept, 3U);
  EXPECT_EQ(denials(world), events);
  EXPECT_EQ(world.count(kLatest), since);
  claim(world, rows + "1,boris@example.com,31.02.1990,1,,,,,,x\n");  // Said anew.
  EXPECT_GT(denials(world), events);
  EXPECT_GT(world.count(kLatest), since);
}

TEST(KeptDenialsTest, ARecordOfTheSameFileIsBoundByItsRejectedRow) {
  ImportWorld world;
  claim(world,
        "1,boris@example.com,,,,,,,,\n"
        "1,,31.02.1990,1,,,,,,\n");
  EXPECT_EQ(denials(world), 1);
  EXPECT_EQ(suppressions(world, kEmailSuppressed), 1);
}

TEST(KeptDenialsTest, ADenialOfAnotherPurposeSuppressesNoAddress) {
  ImportWorld world;
  consent(world);
  claim(world, "1,boris@example.com,31.02.1990,,analytics,,withdraw,2025-11-01,,\n");
  EXPECT_EQ(denials(world), 1);
  EXPECT_EQ(suppressions(world, kEmailSuppressed), 0);
}

TEST(KeptDenialsTest, AnOrganisationsOptOutSuppressesItsAddresses) {
  ImportWorld world;
  world.import("crm", "amocrm_contacts",
               "ID,Тип,Название компании,Рабочий email,Теги\n"
               "1,компания,ООО Пример,info@example.com,отписан\n");
  EXPECT_EQ(world.count("SELECT count(*) FROM organisation"), 1);
  EXPECT_EQ(suppressions(world, kEmailSuppressed), 1);
}

TEST(KeptDenialsTest, ACrmRowThatIsRejectedLeavesItsOptOutTag) {
  ImportWorld world;
  const auto report = world.import("crm", "amocrm_contacts",
                                   "ID,Тип,Дата рождения,Рабочий email,Теги\n"
                                   "1,контакт,31.02.1990,eve@example.com,отписан\n");
  EXPECT_EQ(report.denials_kept, 1U);
  EXPECT_EQ(world.count("SELECT count(*) FROM suppression WHERE channel = 0"), 1);
}

}  // namespace
}  // namespace assent
