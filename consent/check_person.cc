#include <algorithm>

#include "evaluation.h"

namespace assent {
namespace {

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void deny(Evaluation& e, const Rule& rule) {
  e.deny(rule.reason, rule.cite);
}

// A restriction set under one law binds under all. Its name is known by the policy that uses it.
void check_restriction(Evaluation& e) {
  const std::string& flag = e.facts.flags.restriction;
  if (flag.empty()) return;
  if (flag == e.policy.gate.restriction_flag && e.policy.gate.restriction) {
    return deny(e, *e.policy.gate.restriction);
  }
  for (const Policy& other : e.set.policies) {
    if (other.gate.restriction_flag == flag && other.gate.restriction) {
      return deny(e, *other.gate.restriction);
    }
  }
  e.deny(Reason::kRestricted, {});
}

void check_objections(Evaluation& e) {
  const Gate& gate = e.policy.gate;
  const Flags& flags = e.facts.flags;
  if (flags.objection_pending && gate.pending_objection &&
      contains(gate.pending_applies_to, e.facts.basis)) {
    deny(e, *gate.pending_objection);
  }
  if (!e.marketing()) return;
  if (flags.objection_dm && !lifted(e, e.facts.channel, flags.objection_dm->at)) {
    deny(e, gate.dm_objection);
  }
  for (const Suppression& s : e.facts.suppressions) {
    const bool binds = s.channel == e.facts.channel || s.channel == Channel::kUnknown;
    if (binds && !lifted(e, e.facts.channel, s.at)) deny(e, gate.suppression);
  }
}

void check_termination(Evaluation& e) {
  const Gate& gate = e.policy.gate;
  if (!e.facts.flags.termination_demand || !gate.termination) return;
  if (e.marketing() || !contains(gate.termination_excepts, e.facts.basis)) {
    deny(e, *gate.termination);
  }
}

void check_special_category(Evaluation& e) {
  if (!e.facts.subject.special_category.value_or(true)) return;
  if (e.policy.sensitive && e.facts.flags.limit_sensitive && e.facts.purpose != Purpose::kService) {
    deny(e, *e.policy.sensitive);
  }
  if (!e.policy.gate.special) return;
  const SpecialCategory& rules = *e.policy.gate.special;
  const Judgement judged = judge(e, {rules.needs, e.facts.purpose});
  if (judged.answer == ConsentAnswer::kValid && !contains(rules.never_on, e.facts.channel)) {
    e.relies_on_consent = true;
  } else {
    e.deny(Reason::kSpecialCategory, rules.cite);
  }
}

int own_consent_age(const Evaluation& e) {
  for (const auto& [country, age] : e.policy.age.by_country) {
    if (country == e.member) return age;
  }
  return e.policy.age.own_consent.value_or(0);
}

bool below(const Evaluation& e, std::optional<int> limit) {
  return limit && *e.facts.subject.age < *limit;
}

// The age tests of someone whose age is known.
void check_known_age(Evaluation& e) {
  const Subject& subject = e.facts.subject;
  const AgeRules& rules = e.policy.age;
  const bool tested = (rules.any_basis && e.facts.purpose != Purpose::kService) ||
                      e.facts.basis == Basis::kConsent || e.relies_on_consent;
  const bool child_site =
      subject.child_directed.value_or(true) && e.facts.purpose != Purpose::kService;
  const bool too_young =
      (tested && below(e, own_consent_age(e))) || (child_site && below(e, rules.child_directed));
  if (too_young && !subject.parental_consent) e.deny(Reason::kMinorNoParental, rules.cite);
  if (e.facts.channel == Channel::kAdsUpload && below(e, rules.profiled_ads)) {
    e.deny(Reason::kMinorProfiledAds, rules.cite);
  }
}

}  // namespace

void check_person(Evaluation& e) {
  const Gate& gate = e.policy.gate;
  const Flags& flags = e.facts.flags;
  if (flags.unrecognised) e.deny(Reason::kNoPolicy, {});
  if (flags.erased) deny(e, gate.erased);
  if (flags.legal_hold_only) deny(e, gate.legal_hold);
  if (flags.retention_expired) deny(e, gate.retention);
  if (flags.notice_missing && gate.notice_missing) deny(e, *gate.notice_missing);
  check_restriction(e);
  check_termination(e);
  check_objections(e);
  check_special_category(e);
}

void check_age(Evaluation& e) {
  const Subject& subject = e.facts.subject;
  if (subject.legal_person) return;
  if (subject.age_changes_on) e.found.changes_on(*subject.age_changes_on, e.facts.as_of);
  if (subject.age) return check_known_age(e);
  const bool child_site = subject.child_directed.value_or(true);
  if (child_site && e.facts.purpose != Purpose::kService) {
    e.deny(Reason::kAgeUnknown, e.policy.age.cite);
  }
}

}  // namespace assent
