#include <algorithm>

#include "evaluation.h"

namespace assent {
namespace {

bool contains(const Countries& sorted, Country country) {
  return std::binary_search(sorted.begin(), sorted.end(), country);
}

bool has_contract(const Recipient& recipient, const std::string& kind) {
  return std::find(recipient.contracts.begin(), recipient.contracts.end(), kind) !=
         recipient.contracts.end();
}

// Somebody who decides for himself what he does with the data; an unknown role is taken for one.
bool is_outsider(RecipientRole role) {
  return role == RecipientRole::kThirdParty || role == RecipientRole::kAdPlatform ||
         role == RecipientRole::kUnknown;
}

void check_localisation(Evaluation& e) {
  if (!e.policy.localisation) return;
  const Localisation& rules = *e.policy.localisation;
  const Country citizenship = e.facts.subject.citizenship;
  const bool protected_person = !citizenship.known() || citizenship == rules.citizens;
  if (protected_person && e.facts.db_country != rules.database) {
    e.deny(Reason::kLocalisationBreach, rules.cite);
  }
}

void check_contracts(Evaluation& e) {
  const Recipient& recipient = e.facts.recipient;
  const Policy& policy = e.policy;
  const auto lacks = [&](const std::string& kind) {
    return !kind.empty() && !has_contract(recipient, kind);
  };
  if (recipient.role == RecipientRole::kProcessor && lacks(policy.processor_contract)) {
    e.deny(Reason::kNoProcessorContract, policy.processor_cite);
  }
  if (recipient.role == RecipientRole::kJoint && lacks(policy.joint_contract)) {
    e.deny(Reason::kNoThirdPartyContract, policy.joint_cite);
  }
  if (!is_outsider(recipient.role)) return;
  if (lacks(policy.third_party.contract)) {
    e.deny(Reason::kNoThirdPartyContract, policy.third_party.cite);
  }
  if (policy.third_party.disclosure_consent) {
    require_consent(e, disclosure_query(e.facts), Reason::kNoDisclosureConsent,
                    policy.third_party.cite);
  }
}

void check_no_transfer(Evaluation& e) {
  const Gate& gate = e.policy.gate;
  const RecipientRole role = e.facts.recipient.role;
  if (!gate.no_transfer_after_optout || role == RecipientRole::kInternal ||
      role == RecipientRole::kProcessor) {
    return;
  }
  const Rule& rule = *gate.no_transfer_after_optout;
  for (Channel channel : gate.no_transfer_channels) {
    const std::optional<Denial>& objection = e.facts.flags.objection_dm;
    if (objection && !lifted(e, channel, objection->at)) e.deny(rule.reason, rule.cite);
    for (const Suppression& s : e.facts.suppressions) {
      const bool opted_out = s.channel == channel || s.channel == Channel::kUnknown;
      if (opted_out && !lifted(e, channel, s.at)) e.deny(rule.reason, rule.cite);
    }
  }
}

bool has_tool(const Evaluation& e) {
  const Transfers& rules = e.policy.transfers;
  const Recipient& recipient = e.facts.recipient;
  const bool tool = std::find(rules.tools.begin(), rules.tools.end(), recipient.transfer_tool) !=
                    rules.tools.end();
  return tool && (!rules.assessment || recipient.transfer_assessed);
}

bool is_adequate(const Evaluation& e, Country country) {
  const Transfers& rules = e.policy.transfers;
  if (contains(rules.home, country)) return true;
  for (const auto& [dated, from] : rules.adequate_from) {
    if (dated != country) continue;
    e.found.changes_on(from, e.facts.as_of);
    if (e.facts.as_of < from) return false;
  }
  return contains(rules.adequate, country) ||
         (contains(rules.frameworks, country) && e.facts.recipient.framework_certified);
}

void check_notice(Evaluation& e, Country country) {
  const std::string& cite = e.policy.transfers.cite;
  switch (e.facts.recipient.notice) {
    case TransferNotice::kNone:
      return e.deny(Reason::kCrossborderNotNotified, cite);
    case TransferNotice::kNotified:
      if (!is_adequate(e, country)) e.deny(Reason::kCrossborderWaiting, cite);
      return;
    case TransferNotice::kCleared:
      return;
    case TransferNotice::kBanned:
      return e.deny(Reason::kCrossborderBanned, cite);
  }
}

void check_transfer(Evaluation& e) {
  const Transfers& rules = e.policy.transfers;
  const Country country = e.facts.recipient.country;
  const bool stays_inside = e.facts.recipient.role == RecipientRole::kInternal && !country.known();
  if (rules.mode == Transfers::Mode::kFree || stays_inside || contains(rules.home, country)) return;
  if (rules.mode == Transfers::Mode::kNotification) return check_notice(e, country);
  if (!country.known() || (!is_adequate(e, country) && !has_tool(e))) {
    e.deny(Reason::kTransferNoTool, rules.cite);
  }
}

// A sale or sharing: to an outsider, for that purpose, or to an advertising platform.
void check_sale(Evaluation& e) {
  const bool sale =
      e.policy.third_party.is_sale &&
      (is_outsider(e.facts.recipient.role) || e.facts.recipient.role == RecipientRole::kJoint ||
       e.facts.purpose == Purpose::kSaleShare || e.facts.channel == Channel::kAdsUpload);
  if (!sale) return;
  const Flags& flags = e.facts.flags;
  if (e.policy.sale && (flags.optout_sale || (flags.gpc && e.policy.sale_gpc))) {
    e.deny(e.policy.sale->reason, e.policy.sale->cite);
  }
  const AgeRules& age = e.policy.age;
  const std::optional<int> years = e.facts.subject.age;
  if (!years || !age.sale_optin || *years >= *age.sale_optin) return;
  const bool opted_in =
      judge(e, {ConsentKey::kSaleOptin, e.facts.purpose}).answer == ConsentAnswer::kValid ||
      judge(e, {ConsentKey::kSaleOptin, Purpose::kSaleShare}).answer == ConsentAnswer::kValid;
  const bool parent_needed = age.sale_parent && *years < *age.sale_parent;
  if (!opted_in || (parent_needed && !e.facts.subject.parental_consent)) {
    e.deny(Reason::kMinorSaleNoOptin, age.cite);
  }
}

}  // namespace

void check_recipient(Evaluation& e) {
  check_localisation(e);
  check_contracts(e);
  check_no_transfer(e);
  check_transfer(e);
  check_sale(e);
}

}  // namespace assent
