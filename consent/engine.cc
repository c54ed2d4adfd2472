#include "consent/engine.h"

#include <algorithm>
#include <tuple>

#include "evaluation.h"

namespace assent {
namespace {

// A policy and the member state a jurisdiction's code names.
struct Match {
  const Policy* policy = nullptr;
  Country member;
};

bool contains(const Countries& sorted, Country country) {
  return std::binary_search(sorted.begin(), sorted.end(), country);
}

// The member state of `code` under `policy`; nullopt when the code is not one of the policy's.
std::optional<Country> member_of(const Policy& policy, std::string_view code,
                                 const Subject& subject) {
  if (code == policy.code) return subject.country;
  if (!code.starts_with(policy.code)) return std::nullopt;
  code.remove_prefix(policy.code.size());
  if (code.empty() || code.front() != '-') return std::nullopt;
  const std::optional<Country> member = Country::parse(code.substr(1));
  return member && contains(policy.members, *member) ? member : std::nullopt;
}

// Who answers for `code` on the day.
Match find_policy(const CompiledPolicies& set, std::string_view code, const Facts& facts) {
  Match match;
  for (const Policy& policy : set.policies) {
    const std::optional<Country> member = member_of(policy, code, facts.subject);
    if (member && policy.in_force(facts.as_of)) match = {&policy, *member};
  }
  return match;
}

// A policy that begins or ends may change which laws apply, whoever they are about.
void note_terms(const CompiledPolicies& set, Date as_of, Findings& found) {
  for (const Policy& policy : set.policies) {
    found.changes_on(policy.from, as_of);
    if (policy.to) found.changes_on(day_after(*policy.to), as_of);
  }
}

void evaluate(Evaluation e) {
  check_person(e);
  if (e.marketing()) {
    check_marketing(e);
  } else {
    check_other_purpose(e);
  }
  check_recipient(e);
  check_age(e);
}

// Applies every jurisdiction in sorted order, so that the order given does not matter.
std::vector<const Policy*> evaluate_all(const CompiledPolicies& set, const Facts& facts,
                                        Findings& found) {
  std::vector<std::string_view> codes(facts.jurisdictions.begin(), facts.jurisdictions.end());
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  std::vector<const Policy*> applied;
  for (std::string_view code : codes) {
    const Match match = find_policy(set, code, facts);
    if (match.policy == nullptr) {
      found.deny(Reason::kNoPolicy, {});
      continue;
    }
    evaluate({set, *match.policy, facts, match.member, found});
    applied.push_back(match.policy);
  }
  if (codes.empty()) found.deny(Reason::kNoPolicy, {});
  return applied;
}

std::vector<PolicyRef> refs_of(std::vector<const Policy*> applied) {
  std::sort(applied.begin(), applied.end());  // All live in one array, by id.
  applied.erase(std::unique(applied.begin(), applied.end()), applied.end());
  std::vector<PolicyRef> refs;
  refs.reserve(applied.size());
  for (const Policy* policy : applied) refs.push_back(policy->ref);
  return refs;
}

bool applies(const Condition& c, const Applicability& who) {
  const auto targeted = [&](const Countries& countries) {
    return std::ranges::any_of(who.targets, [&](Country t) { return contains(countries, t); });
  };
  const auto is_or_may_be = [&](const Countries& countries, Country country) {
    return country.known() ? contains(countries, country) : targeted(countries);
  };
  const Country citizenship = who.citizenship.known() ? who.citizenship : who.residence;
  const bool region = c.region.empty() || who.region.empty() || c.region == who.region;
  const bool channel = c.channels.empty() || who.channel == Channel::kUnknown ||
                       std::ranges::find(c.channels, who.channel) != c.channels.end();
  return (c.operator_country.empty() || contains(c.operator_country, who.operator_country)) &&
         (c.residence.empty() || is_or_may_be(c.residence, who.residence)) &&
         (c.citizenship.empty() || is_or_may_be(c.citizenship, citizenship)) &&
         (c.targets.empty() || targeted(c.targets)) && region && channel;
}

// The member states whose national rules count: that of the residence; of a person who lives
// elsewhere, the operator's; of one whose country is unknown, every targeted one and the
// operator's.
void add_codes(const Policy& policy, const Applicability& who, std::vector<std::string>& codes) {
  const auto add = [&](Country member) {
    if (contains(policy.members, member)) {
      codes.push_back(policy.code + "-" + std::string(member.text()));
    }
  };
  const std::size_t before = codes.size();
  if (contains(policy.members, who.residence)) {
    add(who.residence);
  } else {
    add(who.operator_country);
    if (!who.residence.known()) std::ranges::for_each(who.targets, add);
  }
  if (codes.size() == before) codes.push_back(policy.code);
}

}  // namespace

Decision decide(const PolicySet& policies, const Facts& facts) {
  Findings found;
  Decision decision;
  decision.policy_hash = policies.hash();
  decision.policies = refs_of(evaluate_all(policies.compiled(), facts, found));
  note_terms(policies.compiled(), facts.as_of, found);
  decision.until = found.until;
  if (found.denials.empty()) {
    decision.outcome = Verdict::kPermit;
    decision.reason = Reason::kOk;
    decision.citation = found.permit_cite;
    return decision;
  }
  std::sort(found.denials.begin(), found.denials.end(),
            [](const RuleFinding& a, const RuleFinding& b) {
              return std::tie(a.reason, a.cite) < std::tie(b.reason, b.cite);
            });
  for (const RuleFinding& denial : found.denials) {
    if (!decision.reasons.empty() && decision.reasons.back() == denial.reason) continue;
    decision.reasons.push_back(denial.reason);
    decision.citations.emplace_back(denial.cite);
  }
  decision.reason = decision.reasons.front();
  decision.citation = found.denials.front().cite;
  return decision;
}

std::vector<std::string> applicable(const PolicySet& policies, const Applicability& who,
                                    Date as_of) {
  std::vector<std::string> codes;
  for (const Policy& policy : policies.compiled().policies) {
    const bool any =
        std::ranges::any_of(policy.applies, [&](const Condition& c) { return applies(c, who); });
    if (any && policy.in_force(as_of)) add_codes(policy, who, codes);
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

}  // namespace assent
