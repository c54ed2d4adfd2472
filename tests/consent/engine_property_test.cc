#include <gtest/gtest.h>
// GoogleTest goes first: the next header needs it.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/consent/policies.h"

namespace assent {
namespace {

template <class T>
T pick(const std::vector<T>& from) {
  return *rc::gen::elementOf(from);
}
bool coin() {
  return *rc::gen::arbitrary<bool>();
}
Date some_day() {
  return date_from_days(*rc::gen::inRange(20'000, 20'900));
}
Channel some_channel() {
  return static_cast<Channel>(*rc::gen::inRange(0, 10));
}

Consent some_consent(Channel channel) {
  Consent c = given(static_cast<ConsentKey>(*rc::gen::inRange(1, 7)), channel);
  if (*rc::gen::inRange(0, 4) == 0) c.channel = some_channel();
  c.state = coin() ? ConsentState::kGiven : static_cast<ConsentState>(*rc::gen::inRange(0, 8));
  c.given_at = some_day();
  c.recipient = pick<std::string>({"", "meta", "vk"});
  if (coin()) c.expires_at = some_day();
  c.evidence = *rc::gen::inRange(0, 8) != 0;
  c.separate = *rc::gen::inRange(0, 8) != 0;
  c.lifts_suppression = coin();
  return c;
}

const std::vector<std::string>& all_codes() {
  static const std::vector<std::string> kCodes = {"EU-DE", "EU-NO",   "EU-IT",      "RU",     "UK",
                                                  "BR",    "US-TCPA", "US-CANSPAM", "US-CCPA"};
  return kCodes;
}

// Facts near enough to a permit that many of them are permitted.
Facts some_facts() {
  Facts f = permitted_email();
  f.jurisdictions = {pick(all_codes())};
  f.as_of = some_day();
  f.channel = some_channel();
  f.basis = pick<Basis>({Basis::kConsent, Basis::kLegitimateInterest, Basis::kSoftOptIn});
  f.purpose = pick<Purpose>({Purpose::kDirectMarketing, Purpose::kDirectMarketing,
                             Purpose::kService, Purpose::kSaleShare});
  f.subject.age = *rc::gen::inRange(10, 40);
  f.db_country = pick<Country>({country("DE"), country("RU")});
  f.platform = pick<std::string>({"", "vk"});
  f.consents = {given(ConsentKey::kProcessing), given(ConsentKey::kChannel, f.channel)};
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) f.consents.push_back(some_consent(f.channel));
  if (*rc::gen::inRange(0, 4) == 0) f.flags.objection_dm = Denial{some_day()};
  return f;
}

using Denying = std::function<void(Facts&)>;

// Facts that can only speak against acting.
const std::vector<Denying>& denials() {
  static const std::vector<Denying> kDenials = {
      [](Facts& f) { f.flags.erased = true; },
      [](Facts& f) { f.flags.legal_hold_only = true; },
      [](Facts& f) { f.flags.restriction = "blocked_152"; },
      [](Facts& f) { f.flags.restriction = "of a new kind"; },
      [](Facts& f) { f.flags.termination_demand = true; },
      [](Facts& f) { f.flags.objection_dm = Denial{}; },
      [](Facts& f) { f.flags.objection_pending = true; },
      [](Facts& f) { f.flags.gpc = true; },
      [](Facts& f) { f.flags.optout_sale = true; },
      [](Facts& f) { f.flags.limit_sensitive = true; },
      [](Facts& f) { f.flags.retention_expired = true; },
      [](Facts& f) { f.flags.notice_missing = true; },
      [](Facts& f) { f.flags.unrecognised = true; },
      [](Facts& f) {
        f.suppressions.push_back({f.channel, f.as_of});
      },
      [](Facts& f) {
        f.suppressions.push_back({Channel::kUnknown, std::nullopt});
      },
      [](Facts& f) { f.dnc_national = true; },
      [](Facts& f) { f.dnc_national.reset(); },
      [](Facts& f) { f.subject.special_category = true; },
      [](Facts& f) { f.subject.special_category.reset(); },
      [](Facts& f) { f.subject.child_directed = true; },
      [](Facts& f) { f.message = {}; },
      [](Facts& f) { f.recipient.country = country("IN"); },
      [](Facts& f) { f.db_country = {}; },
      [](Facts& f) {
        Consent no = given(ConsentKey::kChannel, f.channel);
        no.state = ConsentState::kWithdrawn;
        no.given_at = f.as_of;
        f.consents.push_back(no);
      },
      [](Facts& f) {
        Consent no = given(ConsentKey::kProcessing);
        no.state = ConsentState::kObjected;
        no.given_at.reset();
        f.consents.push_back(no);
      },
  };
  return kDenials;
}

RC_GTEST_PROP(EngineProperty, AFactAgainstNeverTurnsADenialIntoAPermit, ()) {
  const Facts facts = some_facts();
  const bool permitted = reason_for(facts) == Reason::kOk;
  RC_CLASSIFY(permitted, "permitted");
  for (const Denying& deny : denials()) {
    Facts worse = facts;
    deny(worse);
    RC_ASSERT(permitted || reason_for(worse) != Reason::kOk);
  }
}

RC_GTEST_PROP(EngineProperty, AnotherJurisdictionNeverTurnsADenialIntoAPermit, ()) {
  const Facts facts = some_facts();
  const bool permitted = reason_for(facts) == Reason::kOk;
  for (const std::string& code : all_codes()) {
    Facts wider = facts;
    wider.jurisdictions.push_back(code);
    RC_ASSERT(permitted || reason_for(wider) != Reason::kOk);
  }
}

RC_GTEST_PROP(EngineProperty, TheOrderOfFactsChangesNothing, ()) {
  Facts facts = some_facts();
  facts.jurisdictions = {"EU-DE", "RU", "BR", "US-CCPA"};
  facts.suppressions = {{facts.channel, some_day()}, {Channel::kUnknown, some_day()}};
  const Decision decision = decide(shipped_policies(), facts);
  const Hash32 hash = facts_hash(facts);
  for (int round = 0; round < 5; ++round) {
    std::rotate(facts.consents.begin(), facts.consents.begin() + 1, facts.consents.end());
    std::rotate(facts.jurisdictions.begin(), facts.jurisdictions.begin() + 1,
                facts.jurisdictions.end());
    std::ranges::reverse(facts.suppressions);
    RC_ASSERT(decide(shipped_policies(), facts) == decision);
    RC_ASSERT(facts_hash(facts) == hash);
  }
}

RC_GTEST_PROP(EngineProperty, ADenialHasReasonsInOrderAndAPermitHasNone, ()) {
  const Decision decision = decide(shipped_policies(), some_facts());
  RC_ASSERT(decision.permitted() == decision.reasons.empty());
  RC_ASSERT(decision.permitted() == (decision.reason == Reason::kOk));
  RC_ASSERT(std::ranges::is_sorted(decision.reasons));
  RC_ASSERT(std::ranges::adjacent_find(decision.reasons) == decision.reasons.end());
  if (!decision.permitted()) RC_ASSERT(decision.reason == decision.reasons.front());
}

RC_GTEST_PROP(EngineProperty, TheAnswerHoldsUntilTheDayItNames, ()) {
  Facts facts = some_facts();
  const Decision decision = decide(shipped_policies(), facts);
  for (int step = 0; step < 30; ++step) {
    facts.as_of = date_from_days(days_since_epoch(facts.as_of) + *rc::gen::inRange(1, 10));
    if (decision.until && facts.as_of >= *decision.until) break;
    const Decision later = decide(shipped_policies(), facts);
    RC_ASSERT(later.reasons == decision.reasons);
    RC_ASSERT(later.until == decision.until);
  }
}

}  // namespace
}  // namespace assent
