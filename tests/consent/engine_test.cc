#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/consent/policies.h"

namespace assent {
namespace {

Decision decide_shipped(const Facts& facts) {
  return decide(shipped_policies(), facts);
}

TEST(EngineTest, APermitNamesTheRuleThePolicyAndTheHashOfTheSet) {
  const Decision decision = decide_shipped(permitted_email());
  EXPECT_TRUE(decision.permitted());
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_TRUE(decision.reasons.empty());
  EXPECT_EQ(decision.citation, "2002/58 Art. 13(1)-(2)");
  ASSERT_EQ(decision.policies.size(), 1U);
  EXPECT_EQ(decision.policies[0].id, "eu-gdpr");
  EXPECT_EQ(decision.policies[0].version, "2026-11-21.1");
  EXPECT_EQ(decision.policy_hash, shipped_policies().hash());
}

TEST(EngineTest, ADenialTellsEveryReasonInOrderAndCitesTheFirst) {
  Facts facts = permitted_email();
  facts.message.unsubscribe = false;
  facts.flags.objection_dm = Denial{day("2026-11-01")};
  facts.flags.restriction = "art18";
  const Decision decision = decide_shipped(facts);
  EXPECT_FALSE(decision.permitted());
  EXPECT_EQ(decision.reason, Reason::kRestricted);
  EXPECT_EQ(decision.reasons, (std::vector<Reason>{Reason::kRestricted, Reason::kObjectionMarketing,
                                                   Reason::kMsgNoUnsubscribe}));
  EXPECT_EQ(decision.citation, "GDPR Art. 18(2)");
}

TEST(EngineTest, EveryPolicyThatWasAppliedIsNamedOnce) {
  Facts facts = permitted_email();
  facts.jurisdictions = {"RU", "EU-FR", "EU-DE", "EU-DE"};
  facts.db_country = country("RU");
  const Decision decision = decide_shipped(facts);
  ASSERT_EQ(decision.policies.size(), 2U);
  EXPECT_EQ(decision.policies[0].id, "eu-gdpr");
  EXPECT_EQ(decision.policies[1].id, "ru-152fz");
}

TEST(EngineTest, TheVersionInForceOnTheDayIsTaken) {
  Facts facts = permitted_email("UK", "GB");
  facts.as_of = day("2026-06-18");
  const Decision before = decide_shipped(facts);
  facts.as_of = day("2026-06-19");
  const Decision after = decide_shipped(facts);
  EXPECT_EQ(before.policies[0].version, "2025-08-20.1");
  EXPECT_EQ(after.policies[0].version, "2026-11-21.1");
  EXPECT_NE(before.policies[0].sha256, after.policies[0].sha256);
  EXPECT_EQ(before.until, day("2026-06-19"));
  EXPECT_EQ(after.until, std::nullopt);
}

TEST(EngineTest, WithoutFactsNothingIsPermitted) {
  EXPECT_FALSE(decide_shipped(Facts{}).permitted());
}

TEST(EngineTest, AJurisdictionWithoutPolicyIsDeniedAndNotApplied) {
  const Decision decision = decide_shipped(permitted_email("XX"));
  EXPECT_EQ(decision.reason, Reason::kNoPolicy);
  EXPECT_TRUE(decision.policies.empty());
  EXPECT_EQ(decision.citation, "");
}

TEST(EngineTest, UntilIsTheDayAfterAConsentsLast) {
  Facts facts = permitted_email();
  facts.consents[1].expires_at = day("2026-12-31");
  EXPECT_EQ(decide_shipped(facts).until, day("2027-01-01"));
}

TEST(EngineTest, UntilIsTheDayANationalRuleChanges) {
  Facts facts = email_facts("EU-FR", "FR");
  facts.as_of = day("2026-07-01");
  facts.channel = Channel::kPhoneLive;
  facts.basis = Basis::kLegitimateInterest;
  const Decision decision = decide_shipped(facts);
  EXPECT_TRUE(decision.permitted());
  EXPECT_EQ(decision.until, day("2026-08-11"));
}

TEST(EngineTest, UntilIsTheBirthdayWhenItIsKnown) {
  Facts facts = permitted_email();
  facts.subject.age = 15;
  facts.subject.age_changes_on = day("2026-12-01");
  const Decision decision = decide_shipped(facts);
  EXPECT_EQ(decision.reason, Reason::kMinorNoParental);
  EXPECT_EQ(decision.until, day("2026-12-01"));
}

TEST(EngineTest, UntilIsTheDayACountryBecomesAdequate) {
  Facts facts = permitted_email();
  facts.as_of = day("2026-01-20");
  facts.recipient.role = RecipientRole::kProcessor;
  facts.recipient.contracts = {"art28"};
  facts.recipient.country = country("BR");
  EXPECT_EQ(decide_shipped(facts).until, day("2026-01-26"));
}

// Walks day by day: the answer stays the same until the day `until` names.
TEST(EngineTest, TheAnswerHoldsOnEveryDayBeforeUntil) {
  Facts facts = email_facts("EU-NL", "NL");
  facts.channel = Channel::kPhoneLive;
  facts.consents = {given(ConsentKey::kChannel, Channel::kPhoneLive)};
  facts.consents[0].expires_at = day("2026-09-15");
  facts.as_of = day("2026-05-01");
  const Date end = day("2026-12-31");
  Decision held = decide_shipped(facts);
  while (facts.as_of < end) {
    facts.as_of = date_from_days(days_since_epoch(facts.as_of) + 1);
    const Decision today = decide_shipped(facts);
    if (held.until && facts.as_of >= *held.until) {
      held = today;
    } else {
      EXPECT_EQ(today, held) << to_iso(facts.as_of);
    }
  }
  EXPECT_EQ(held.reason, Reason::kConsentExpired);
}

TEST(EngineTest, ThreadsShareOneSet) {
  const Facts facts = permitted_email();
  const Decision expected = decide_shipped(facts);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) count += decide_shipped(facts) == expected ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count(wrong, 0), 4);
}

TEST(EngineTest, TheTimeOfADecisionIsPrinted) {
  Facts facts = permitted_email();
  facts.jurisdictions = {"EU-DE", "RU"};
  facts.db_country = country("RU");
  constexpr int kRounds = 2'000;
  const auto start = std::chrono::steady_clock::now();
  int permitted = 0;
  for (int i = 0; i < kRounds; ++i) permitted += decide_shipped(facts).permitted() ? 1 : 0;
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  std::cout << "two jurisdictions: " << took.count() / kRounds << " us a decision\n";
  EXPECT_EQ(permitted, kRounds);
}

}  // namespace
}  // namespace assent
