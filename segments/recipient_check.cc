#include "segments/recipient_check.h"

#include <algorithm>

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
      today_(today) {}

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

std::optional<RecipientCheck::Objection> RecipientCheck::against(std::string_view laws) const {
  if (laws.empty()) return Objection{};
  std::vector<std::string> jurisdictions;
  while (!laws.empty()) {
    const std::size_t comma = std::min(laws.find(','), laws.size());
    auto code = policies_.jurisdiction_of(laws.substr(0, comma));
    if (!code) return Objection{};
    jurisdictions.push_back(std::move(*code));
    laws.remove_prefix(std::min(comma + 1, laws.size()));
  }
  Facts facts = facts_under(jurisdictions);
  const std::vector<Reason> at_home = decide(policies_, facts).reasons;
  facts.recipient = recipient_;
  facts.message = message_;
  const Decision abroad = decide(policies_, facts);
  for (std::size_t i = 0; i < abroad.reasons.size(); ++i) {
    if (std::find(at_home.begin(), at_home.end(), abroad.reasons[i]) == at_home.end()) {
      return Objection{abroad.reasons[i], abroad.citations[i]};
    }
  }
  return std::nullopt;
}

}  // namespace assent
