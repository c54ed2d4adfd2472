#include "api/preview.h"

#include "consent/purpose.h"
#include "consent/vocabulary.h"
#include "identity/profile_facts.h"
#include "segments/recipient.h"
#include "segments/recipient_check.h"

namespace assent {
namespace {

// The order's words in our numbers.
struct Question {
  PurposeCode purpose = PurposeCode::kNone;
  Channel channel = Channel::kUnknown;
};

Result<Question> question_of(Tx& tx, const PreviewOrder& order) {
  const auto purpose = Purposes::find(tx, order.purpose);
  if (!purpose.ok()) return Error{ErrorCode::kInvalid, "the purpose is not registered"};
  const Channel channel = parse_channel(order.channel);
  if (channel == Channel::kUnknown) return Error{ErrorCode::kInvalid, "no such channel"};
  return Question{*purpose, channel};
}

Result<std::vector<ProfileId>> meant(Services& services, Tx& tx, const Act& act,
                                     const PreviewOrder& order) {
  if (order.profile) {
    auto living = living_profile(tx, *order.profile);
    if (!living.ok()) return living.error();
    return std::vector{*living};
  }
  const RightsServices& rights = services.rights;
  auto found = PersonFinder(rights.keys, rights.journal, rights.fields, rights.names)
                   .find(tx, act, *order.person, Reach::kHolders);
  if (!found.ok()) return found.error();
  if (found->size() > kPreviewPeopleMax) {
    return Error{ErrorCode::kTooLarge, "too many people hold this identifier"};
  }
  std::vector<ProfileId> profiles;
  for (const Candidate& one : *found) profiles.push_back(one.profile);
  return profiles;
}

// Permits are derived for direct marketing alone: whatever else is asked has no policy.
void deny_without_policy(ExplainedPermit& permit) {
  permit.citation.clear();
  permit.row.permitted = false;
  permit.row.reason = Reason::kNoPolicy;
  permit.row.laws.clear();
  permit.row.until.reset();
}

// What the recipient's side adds; the reason of higher precedence shows, as at the gate.
Status ask_about_recipient(Tx& tx, const PolicySet& policies, const Operator& tenant,
                           const PreviewOrder& order, const Question& asked,
                           std::vector<ExplainedPermit>& permits) {
  if (order.recipient.empty()) return Unit{};
  const auto recipient = Recipients::find(tx, order.recipient);
  if (!recipient.ok()) return Error{ErrorCode::kInvalid, "the recipient is not registered"};
  const RecipientCheck check(policies, tenant, parse_purpose(order.purpose), asked.channel,
                             recipient_facts(*recipient), message_facts(*recipient),
                             utc_date(tx.now()));
  for (ExplainedPermit& permit : permits) {
    const auto objection = check.against(permit.row.laws);
    if (!objection || (!permit.row.permitted && permit.row.reason <= objection->reason)) continue;
    permit.row.permitted = false;
    permit.row.reason = objection->reason;
    permit.citation = objection->citation;
  }
  return Unit{};
}

std::vector<PersonPreview> sort_by_person(const std::vector<ProfileId>& profiles,
                                          std::vector<ExplainedPermit> permits,
                                          const Question& asked) {
  std::vector<PersonPreview> people;
  for (const ProfileId& profile : profiles) people.push_back({profile, {}});
  for (ExplainedPermit& permit : permits) {
    if (permit.row.channel != asked.channel) continue;
    if (asked.purpose != PurposeCode::kDirectMarketing) deny_without_policy(permit);
    for (PersonPreview& person : people) {
      if (person.profile == permit.row.profile) {
        person.decisions.push_back(std::move(permit));
        break;
      }
    }
  }
  return people;
}

}  // namespace

Result<Preview> preview(Services& services, TenantId tenant, const Act& act,
                        const PreviewOrder& order) {
  auto tools = services.tools.of(tenant);
  if (!tools.ok()) return tools.error();
  return in_tx(services.data, tenant, [&](Tx& tx) -> Result<Preview> {
    const auto asked = question_of(tx, order);
    if (!asked.ok()) return asked.error();
    const auto profiles = meant(services, tx, act, order);
    if (!profiles.ok()) return profiles.error();
    const auto facts = person_facts(tx, *profiles);
    if (!facts.ok()) return facts.error();
    auto permits = (*tools)->permits.explain(tx, *facts);
    if (!permits.ok()) return permits.error();
    const PolicySet& policies = services.catalogues->policies;
    const auto known =
        ask_about_recipient(tx, policies, (*tools)->permits.tenant(), order, *asked, *permits);
    if (!known.ok()) return known.error();
    return Preview{policies.hash(), sort_by_person(*profiles, std::move(*permits), *asked)};
  });
}

StaticText contact_word(Channel channel) {
  return channel == Channel::kEmail ? StaticText("email") : StaticText("phone");
}

}  // namespace assent
