#include <gtest/gtest.h>

#include "tests/rights/rights_world.h"

namespace assent {
namespace {

constexpr auto kFamily =
    "1,Anna,Ivanova,family@example.com,+79990000001,,\n"
    "2,Boris,Ivanov,family@example.com,+79990000002,,\n"
    "3,Clara,Weiss,clara@example.com,,,\n";

class FindTest : public ::testing::Test {
 protected:
  FindTest() { world.contacts("shop", kFamily); }
  std::size_t found(const PersonQuery& query) {
    const auto people = world.service().find(world.tenant, world.act, query);
    return people.ok() ? people->size() : SIZE_MAX;
  }
  RightsWorld world;
};

TEST_F(FindTest, AValueIsFoundInWhateverFormItIsWritten) {
  EXPECT_EQ(found(RightsWorld::by_email("  CLARA@Example.COM ")), 1U);
  PersonQuery phone;
  phone.kind = LookupKind::kPhone;
  phone.value = Plaintext("+7 (999) 000-00-01");
  EXPECT_EQ(found(phone), 1U);
}

TEST_F(FindTest, PeopleWhoShareAnAddressAreSeparateAnswers) {
  EXPECT_EQ(found(RightsWorld::by_email("family@example.com")), 2U);
}

TEST_F(FindTest, AFirstNameTellsThemApartInAnyScript) {
  EXPECT_EQ(found(RightsWorld::by_email("family@example.com", "Анна")), 1U);
  EXPECT_EQ(found(RightsWorld::by_email("family@example.com", "Dmitri")), 0U);
}

TEST_F(FindTest, ARecordOrProfileTellsThemApart) {
  PersonQuery query = RightsWorld::by_email("family@example.com");
  query.record = world.record("shop", "2");
  const auto people = world.service().find(world.tenant, world.act, query);
  ASSERT_TRUE(people.ok());
  ASSERT_EQ(people->size(), 1U);
  query.record.reset();
  query.profile = people->front().profile;
  EXPECT_EQ(found(query), 1U);
}

TEST_F(FindTest, AnExternalIdIsFoundWithinItsSource) {
  world.contacts("crm", "1,Dora,Lang,dora@example.com,,,\n");
  PersonQuery query;
  query.kind = LookupKind::kExternalId;
  query.value = Plaintext("1");
  EXPECT_EQ(found(query), 2U);
  query.source = "crm";
  EXPECT_EQ(found(query), 1U);
}

TEST_F(FindTest, EverySearchIsInTheLogEvenWhenItFindsNobody) {
  const auto before = world.leaves_of(AuditEvent::kLookup).size();
  EXPECT_EQ(found(RightsWorld::by_email("nobody@example.com")), 0U);
  const auto lookups = world.leaves_of(AuditEvent::kLookup);
  ASSERT_EQ(lookups.size(), before + 1);
  EXPECT_EQ(lookups.back().purpose, PurposeCode::kRightsRequest);
}

TEST_F(FindTest, AValueThatIsNotOfItsKindIsInvalid) {
  const auto people =
      world.service().find(world.tenant, world.act, RightsWorld::by_email("not an address"));
  ASSERT_FALSE(people.ok());
  EXPECT_EQ(people.error().code, ErrorCode::kInvalid);
}

TEST_F(FindTest, ErasingAnAddressThatTwoPeopleHoldIsAConflictThatNamesNobody) {
  const auto refused =
      world.service().request(world.tenant, world.act, RightsWorld::by_email("family@example.com"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(world.count("SELECT count(*) FROM request"), 0);
}

TEST_F(FindTest, ErasingSomebodyUnknownIsNotFound) {
  const auto refused =
      world.service().request(world.tenant, world.act, RightsWorld::by_email("nobody@example.com"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
}

TEST_F(FindTest, AnotherTenantFindsNobody) {
  RightsWorld other;
  const auto people =
      other.service().find(other.tenant, other.act, RightsWorld::by_email("clara@example.com"));
  ASSERT_TRUE(people.ok());
  EXPECT_TRUE(people->empty());
}

}  // namespace
}  // namespace assent
