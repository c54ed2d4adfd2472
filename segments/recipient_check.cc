#include "recipient_check.h"

#include <algorithm>
#include <set>

namespace assent {
namespace {

Consent given(ConsentKey key, Purpose purpose, Channel channel, Date today) {
  Consent consent;
  consent.key = key;
  consent.purpose = purpose;
  consent.channel = channel;
  consent.state = ConsentState::kGiven;
  consent.given_at = today;
  consent.separate = true;
  consent.evidence = true;
  return consent;
}

// Every country there can be, and the unknown one.
std::vector<Country> all_countries() {
  std::vector<Country> countries{Country{}};
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) countries.push_back(Country{{a, b}});
  }
  return countries;
}

std::set<std::string> set_of(const std::vector<std::string>& list) {
  return {list.begin(), list.end()};
}

}  // namespace

RecipientCheck::RecipientCheck(const PolicySet& policies, const Operator& tenant, Purpose purpose,
                               Channel channel, const Recipient& recipient, const Message& message,
                               Date today)
    : policies_(policies),
      purpose_(purpose),
      channel_(channel),
      recipient_(recipient),
      message_(message),
      database_(tenant.database),
      today_(today) {
  // A permit names its policies; the engine asks by jurisdiction. Who answers to which is found by
  // asking it for every place a person can live in.
  std::set<std::string> codes;
  for (Country residence : all_countries()) {
    const Applicability who{tenant.country, tenant.targets, residence, "", {}, channel};
    codes.merge(set_of(applicable(policies, who, today)));
  }
  for (const std::string& code : codes) {
    Facts facts;
    facts.jurisdictions = {code};
    facts.as_of = today;
    for (const PolicyRef& policy : decide(policies, facts).policies) {
      code_of_.try_emplace(policy.id, code);
    }
  }
}

Facts RecipientCheck::facts_under(const std::vector<std::string>& jurisdictions) const {
  Facts facts;
  facts.jurisdictions = jurisdictions;
  facts.as_of = today_;
  facts.subject.age = 40;
  facts.subject.special_category = false;
  facts.subject.child_directed = false;
  facts.purpose = purpose_;
  facts.channel = channel_;
  facts.basis = Basis::kConsent;
  facts.consents = {given(ConsentKey::kProcessing, purpose_, Channel::kUnknown, today_),
                    given(ConsentKey::kChannel, purpose_, channel_, today_)};
  facts.dnc_national = false;
  facts.recipient.role = RecipientRole::kInternal;
  facts.db_country = database_;
  facts.message = {true, true, true, true, std::nullopt};
  // Opt-outs of sale and of channels that this permit is not about are not known here.
  facts.flags.optout_sale = true;
  facts.flags.objection_dm = Denial{};
  return facts;
}

std::optional<Reason> RecipientCheck::against(std::string_view laws) const {
  if (laws.empty()) return Reason::kNoPolicy;
  std::vector<std::string> jurisdictions;
  while (!laws.empty()) {
    const std::size_t comma = std::min(laws.find(','), laws.size());
    const auto code = code_of_.find(laws.substr(0, comma));
    if (code == code_of_.end()) return Reason::kNoPolicy;
    jurisdictions.push_back(code->second);
    laws.remove_prefix(std::min(comma + 1, laws.size()));
  }
  Facts facts = facts_under(jurisdictions);
  const std::vector<Reason> at_home = decide(policies_, facts).reasons;
  facts.recipient = recipient_;
  facts.message = message_;
  for (Reason reason : decide(policies_, facts).reasons) {
    if (std::find(at_home.begin(), at_home.end(), reason) == at_home.end()) return reason;
  }
  return std::nullopt;
}

}  // namespace assent
