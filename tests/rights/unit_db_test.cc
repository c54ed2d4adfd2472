#include <gtest/gtest.h>

#include "core/nlohmann.h"
#include "tests/rights/rights_world.h"

namespace assent {
namespace {

using Json = nlohmann::json;

constexpr auto kCaptions = "external_id,first_name,email,phone,birth_date,card\n";
constexpr auto kNina = "r1,Нина,nina@example.com,+79035550001,31.02.1990,CARD-9\n";
constexpr auto kCompany =
    "ID;Тип;Полное имя контакта;Рабочий email;Рабочий телефон\n"
    "c3;компания;ИП Сидоров;ip.sid@example.com;+79035550003\n";

// People of whom nothing is stored but a rejected row or an organisation.
class UnitTest : public ::testing::Test {
 protected:
  ImportReport import(const std::string& source, const std::string& rows) {
    return world.import(source, "contacts", kCaptions + rows);
  }
  ImportReport import_company() { return world.import("crm", "amocrm_contacts", kCompany); }
  static PersonQuery query(LookupKind kind, std::string_view value) {
    PersonQuery query;
    query.kind = kind;
    query.value = Plaintext(value);
    return query;
  }
  std::size_t found(const PersonQuery& query) {
    const auto people = world.service().find(world.tenant, world.act, query);
    return people.ok() ? people->size() : SIZE_MAX;
  }
  std::int64_t keys() {
    Tx tx(world.safe, world.tenant);
    return tx
        .query("SELECT count(*) FROM subject_key WHERE tenant = $1 AND purpose = 0",
               {world.tenant})[0]
        .integer(0);
  }
  RightsWorld world;
};

TEST_F(UnitTest, WhoIsOnlyInARejectedRowIsFoundByWhatParsed) {
  ASSERT_EQ(import("shop", kNina).rejected, 1U);
  EXPECT_EQ(found(query(LookupKind::kEmail, "nina@example.com")), 1U);
  EXPECT_EQ(found(query(LookupKind::kPhone, "+7 903 555-00-01")), 1U);
  EXPECT_EQ(found(query(LookupKind::kCard, "CARD-9")), 1U);
  PersonQuery by_id = query(LookupKind::kExternalId, "r1");
  EXPECT_EQ(found(by_id), 1U);
  by_id.source = "crm";
  EXPECT_EQ(found(by_id), 0U);
}

TEST_F(UnitTest, ARejectedRowIsErasedWithItsKeyAndTheCertificateCountsIt) {
  const auto before = keys();
  import("shop", kNina);
  ASSERT_EQ(keys(), before + 1);
  const RequestId request = world.erase(query(LookupKind::kEmail, "nina@example.com"));
  EXPECT_EQ(keys(), before);
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM unit_tag"), 0);
  EXPECT_EQ(world.leaves()[AuditEvent::kKeyDestroyed], 1);
  const auto read = world.service().certificate(world.tenant, world.act, request);
  ASSERT_TRUE(read.ok());
  const Json body = Json::parse(read->reveal());
  EXPECT_EQ(body["rows_deleted"]["rejected_rows"], 1);
  EXPECT_EQ(body["keys_destroyed"].size(), 1U);
  EXPECT_EQ(body["subjects"].size(), 1U);
  EXPECT_EQ(body["categories"], Json::array({"raw_row"}));
  EXPECT_EQ(found(query(LookupKind::kEmail, "nina@example.com")), 0U);
}

TEST_F(UnitTest, TheErasedRowDoesNotComeBackRightOrWrong) {
  import("shop", kNina);
  world.erase(query(LookupKind::kPhone, "+79035550001"));
  const auto keys_left = world.count("SELECT count(*) FROM unit_tag");
  EXPECT_EQ(import("shop", kNina).rejected, 1U);
  EXPECT_EQ(world.count("SELECT count(*) FROM unit_tag"), keys_left);  // Nothing of it was kept.
  EXPECT_EQ(import("shop", "r1,Нина,nina@example.com,,,\n").rejected, 1U);
  EXPECT_EQ(import("crm", "77,Нина,nina@example.com,,,\n").rejected, 1U);
  EXPECT_TRUE(world.people().empty());
}

TEST_F(UnitTest, AnOrganisationIsFoundErasedAndRefusedToReturn) {
  const auto before = keys();
  ASSERT_EQ(import_company().stored, 1U);
  EXPECT_EQ(found(query(LookupKind::kExternalId, "c3")), 1U);
  const RequestId request = world.erase(query(LookupKind::kEmail, "ip.sid@example.com"));
  EXPECT_EQ(keys(), before);
  EXPECT_EQ(world.count("SELECT count(*) FROM organisation"), 0);
  EXPECT_EQ(world.count("SELECT count(*) FROM organisation_key"), 0);
  const auto read = world.service().certificate(world.tenant, world.act, request);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(Json::parse(read->reveal())["rows_deleted"]["organisations"], 1);
  EXPECT_EQ(import_company().rejected, 1U);
  EXPECT_EQ(world.count("SELECT count(*) FROM organisation"), 0);
}

TEST_F(UnitTest, TwoOrganisationsAtOneAddressMustBeToldApart) {
  import_company();
  world.import("crm2", "amocrm_contacts",
               "ID;Тип;Полное имя контакта;Рабочий email\nx;компания;ООО Лютик;"
               "ip.sid@example.com\n");
  PersonQuery both = query(LookupKind::kEmail, "ip.sid@example.com");
  EXPECT_EQ(found(both), 2U);
  EXPECT_EQ(world.service().request(world.tenant, world.act, both).error().code,
            ErrorCode::kConflict);
  const auto people = world.service().find(world.tenant, world.act, both);
  both.record = RecordId{people->front().units.organisations.front()};
  world.erase(both);
  EXPECT_EQ(world.count("SELECT count(*) FROM organisation"), 1);
}

TEST_F(UnitTest, AProfileIsMeantBeforeARejectedRowAndTakesItAlong) {
  import("shop", std::string(kNina) + "r2,Нина,nina@example.com,,,\n");
  const auto people =
      world.service().find(world.tenant, world.act, query(LookupKind::kEmail, "nina@example.com"));
  ASSERT_EQ(people->size(), 1U);
  EXPECT_TRUE(people->front().has_profile());
  world.erase(query(LookupKind::kEmail, "nina@example.com"));
  EXPECT_EQ(world.count("SELECT count(*) FROM rejected_row"), 0);
}

TEST_F(UnitTest, TwoRequestsForOneRejectedRowAreOneErasure) {
  import("shop", kNina);
  const PersonQuery nina = query(LookupKind::kEmail, "nina@example.com");
  ASSERT_TRUE(world.service().request(world.tenant, world.act, nina).ok());
  EXPECT_EQ(world.service().request(world.tenant, world.act, nina).error().code,
            ErrorCode::kNotFound);
  world.finish_erasures();
}

}  // namespace
}  // namespace assent
