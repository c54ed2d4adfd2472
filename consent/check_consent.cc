#include <algorithm>
#include <limits>
#include <tuple>

#include "evaluation.h"

namespace assent {
namespace {

constexpr Date kEndOfTime{std::numeric_limits<std::int16_t>::max(), 12, 31};
constexpr Timestamp kLast{std::numeric_limits<std::int64_t>::max()};
constexpr Timestamp kFirst{std::numeric_limits<std::int64_t>::min()};

bool says_no(const Consent& c) {
  return c.state == ConsentState::kWithdrawn || c.state == ConsentState::kRefused ||
         c.state == ConsentState::kObjected;
}

bool matches(const Consent& c, const ConsentQuery& q) {
  if (c.key != q.key) return false;
  if (q.key == ConsentKey::kChannel) return c.channel == q.channel;
  if (q.key == ConsentKey::kDisclosure) return !q.recipient.empty() && c.recipient == q.recipient;
  return true;
}

// A consent that is dated after the day of the decision has not been given yet; a "no" counts.
bool counts_yet(const Consent& c, Date as_of) {
  return c.state != ConsentState::kNever &&
         (says_no(c) || !c.given_at || c.given_at->day() <= as_of);
}

// The last day on which the record can permit.
Date last_day(const Consent& c) {
  return c.expires_at.value_or(kEndOfTime);
}

using Flaws = std::vector<Reason>;

Flaws flaws_of(const Consent& c, const ConsentTests& tests, Date as_of) {
  Flaws flaws;
  if (says_no(c)) flaws.push_back(Reason::kConsentWithdrawn);
  if (c.state == ConsentState::kPending) flaws.push_back(Reason::kConsentPending);
  if (c.state == ConsentState::kExpired || last_day(c) < as_of) {
    flaws.push_back(Reason::kConsentExpired);
  }
  if (tests.affirmative && c.pre_ticked) flaws.push_back(Reason::kConsentPreTicked);
  if (tests.unconditional && c.conditional) flaws.push_back(Reason::kConsentConditional);
  if (tests.distinguishable && c.bundled) flaws.push_back(Reason::kConsentBundled);
  const bool needs_own_document =
      tests.separate_from && (!c.given_at || c.given_at->day() >= *tests.separate_from);
  if (needs_own_document && !c.separate.value_or(false)) {
    flaws.push_back(Reason::kConsentNotSeparate);
  }
  const bool unproven = tests.evidence && !c.evidence.value_or(false);
  if (unproven || !c.given_at || c.state == ConsentState::kInvalid) {
    flaws.push_back(Reason::kConsentNoEvidence);
  }
  return flaws;
}

// Later governs; of one instant's records a "no", then the one with more flaws, then the shorter,
// then the one that does not lift: so the order in which records are listed never matters.
auto rank(const Consent& c, std::size_t flaws) {
  const Moment unknown = says_no(c) ? kLast : kFirst;
  return std::tuple(c.given_at.value_or(unknown), says_no(c), flaws, c.lifts_suppression ? 0 : 1,
                    -days_since_epoch(last_day(c)));
}

}  // namespace

Date day_after(Date date) {
  return date_from_days(days_since_epoch(date) + 1);
}

Judgement judge(const Evaluation& e, const ConsentQuery& query) {
  const Date as_of = e.facts.as_of;
  Judgement judged;
  std::size_t flaw_count = 0;
  bool given_for_another = false;
  for (const Consent& c : e.facts.consents) {
    if (!matches(c, query)) continue;
    if (c.given_at) e.found.changes_on(c.given_at->day(), as_of);
    if (!counts_yet(c, as_of)) continue;
    const std::size_t flaws = flaws_of(c, e.policy.consent, as_of).size();
    if (c.purpose != query.purpose || query.purpose == Purpose::kUnknown) {
      given_for_another = given_for_another || c.state == ConsentState::kGiven;
    } else if (judged.record == nullptr || rank(c, flaws) > rank(*judged.record, flaw_count)) {
      judged.record = &c;
      flaw_count = flaws;
    }
  }
  if (judged.record == nullptr) {
    if (given_for_another) judged.answer = ConsentAnswer::kWrongPurpose;
    return judged;
  }
  if (judged.record->expires_at) {
    e.found.changes_on(day_after(*judged.record->expires_at), as_of);
  }
  judged.answer = says_no(*judged.record) ? ConsentAnswer::kSaidNo
                  : flaw_count > 0        ? ConsentAnswer::kFlawed
                                          : ConsentAnswer::kValid;
  return judged;
}

void deny_flaws(Evaluation& e, const Judgement& judged, std::string_view cite) {
  if (judged.answer == ConsentAnswer::kWrongPurpose) {
    e.deny(Reason::kConsentWrongPurpose, cite);
  } else if (judged.record != nullptr) {
    for (Reason flaw : flaws_of(*judged.record, e.policy.consent, e.facts.as_of)) {
      e.deny(flaw, cite);
    }
  }
}

bool require_consent(Evaluation& e, const ConsentQuery& query, Reason if_absent,
                     std::string_view cite) {
  const Judgement judged = judge(e, query);
  if (judged.answer == ConsentAnswer::kValid) {
    e.relies_on_consent = true;
    return true;
  }
  if (judged.answer == ConsentAnswer::kAbsent) {
    e.deny(if_absent, cite);
  } else {
    deny_flaws(e, judged, cite);
  }
  return false;
}

ConsentQuery processing_query(const Facts& facts) {
  return {ConsentKey::kProcessing, facts.purpose};
}

ConsentQuery channel_query(const Facts& facts) {
  return {ConsentKey::kChannel, facts.purpose, facts.channel};
}

ConsentQuery disclosure_query(const Facts& facts) {
  const std::string& whom = facts.recipient.id.empty() ? facts.platform : facts.recipient.id;
  return {ConsentKey::kDisclosure, facts.purpose, Channel::kUnknown, whom};
}

bool lifted(const Evaluation& e, Channel channel, std::optional<Moment> since) {
  if (!since || channel == Channel::kUnknown) return false;
  const Judgement judged = judge(e, {ConsentKey::kChannel, Purpose::kDirectMarketing, channel});
  return judged.answer == ConsentAnswer::kValid && judged.record->lifts_suppression &&
         *judged.record->given_at > *since;
}

}  // namespace assent
