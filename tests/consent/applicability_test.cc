#include <gmock/gmock.h>

#include "tests/consent/policies.h"

namespace assent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> codes(const Applicability& who, const char* as_of = "2026-11-21") {
  return applicable(shipped_policies(), who, day(as_of));
}

Applicability russian_shop() {
  return {country("RU"), {country("RU"), country("DE")}, {}, "", {}, Channel::kEmail};
}

TEST(ApplicabilityTest, AtHomeTheOperatorsLawApplies) {
  Applicability who = russian_shop();
  who.residence = country("RU");
  EXPECT_THAT(codes(who), ElementsAre("RU"));
}

TEST(ApplicabilityTest, ATargetedMarketAddsTheLawOfThePerson) {
  Applicability who = russian_shop();
  who.residence = country("DE");
  EXPECT_THAT(codes(who), ElementsAre("EU-DE", "RU"));
}

TEST(ApplicabilityTest, APersonOfUnknownCountryIsUnderEveryTargetedLaw) {
  Applicability who = russian_shop();
  who.targets = {country("RU"), country("DE"), country("AT"), country("GB"), country("US")};
  EXPECT_THAT(codes(who), ElementsAre("EU-AT", "EU-DE", "RU", "UK", "US-CANSPAM", "US-CCPA"));
}

TEST(ApplicabilityTest, AMarketThatIsNotTargetedAddsNothing) {
  Applicability who = russian_shop();
  who.residence = country("FR");
  who.targets = {country("RU")};
  EXPECT_THAT(codes(who), ElementsAre("RU"));
}

TEST(ApplicabilityTest, TheOperatorsNationalLawCoversPeopleElsewhere) {
  const Applicability who{country("DE"), {country("DE")}, country("US"), "NY", {}, Channel::kPost};
  EXPECT_THAT(codes(who), ElementsAre("EU-DE"));
}

TEST(ApplicabilityTest, ACitizenAbroadKeepsTheLawThatFollowsCitizens) {
  const Applicability who{country("DE"), {country("DE"), country("RU")},
                          country("DE"), "",
                          country("RU"), Channel::kEmail};
  EXPECT_THAT(codes(who), ElementsAre("EU-DE", "RU"));
}

TEST(ApplicabilityTest, UnknownCitizenshipCountsAsThatOfTheResidence) {
  Applicability who{country("DE"),  {country("DE"), country("RU")}, country("RU"), "", {},
                    Channel::kEmail};
  EXPECT_THAT(codes(who), ElementsAre("EU-DE", "RU"));
  who.residence = country("DE");
  EXPECT_THAT(codes(who), ElementsAre("EU-DE"));
}

TEST(ApplicabilityTest, TheChannelChoosesBetweenTheLawsOfOneCountry) {
  Applicability who{country("US"), {country("US")}, country("US"), "NY", {}, Channel::kEmail};
  EXPECT_THAT(codes(who), ElementsAre("US-CANSPAM"));
  who.channel = Channel::kSms;
  EXPECT_THAT(codes(who), ElementsAre("US-TCPA"));
}

TEST(ApplicabilityTest, AnUnknownRegionIsUnderTheLawOfTheRegion) {
  Applicability who{country("US"), {country("US")}, country("US"), "", {}, Channel::kEmail};
  EXPECT_THAT(codes(who), ElementsAre("US-CANSPAM", "US-CCPA"));
  who.region = "CA";
  EXPECT_THAT(codes(who), ElementsAre("US-CANSPAM", "US-CCPA"));
}

TEST(ApplicabilityTest, APolicyNotYetInForceDoesNotApply) {
  Applicability who{country("US"), {country("US")}, country("US"), "CA", {}, Channel::kPost};
  EXPECT_THAT(codes(who, "2025-12-31"), IsEmpty());
  EXPECT_THAT(codes(who, "2026-01-01"), ElementsAre("US-CCPA"));
}

TEST(ApplicabilityTest, AVersionsChangeDoesNotDoubleACode) {
  const Applicability who{country("GB"), {country("GB")}, country("GB"), "", {}, Channel::kEmail};
  EXPECT_THAT(codes(who, "2026-06-18"), ElementsAre("UK"));
  EXPECT_THAT(codes(who, "2026-06-19"), ElementsAre("UK"));
}

TEST(ApplicabilityTest, WhereNoLawAppliesTheDecisionDenies) {
  const Applicability who{country("JP"), {country("JP")}, country("JP"), "", {}, Channel::kEmail};
  Facts facts = permitted_email();
  facts.jurisdictions = codes(who);
  EXPECT_EQ(reason_for(facts), Reason::kNoPolicy);
}

}  // namespace
}  // namespace assent
