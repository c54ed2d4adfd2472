#include <algorithm>

#include "evaluation.h"

namespace assent {
namespace {

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const ChannelKey* channel_key(const Evaluation& e) {
  const auto& key = e.policy.marketing.channels[static_cast<std::size_t>(e.facts.channel)];
  return key ? &*key : nullptr;
}

// The rule in force for the member state on the day.
ChannelRule national_rule(const Evaluation& e, const ChannelKey& key) {
  for (const ChannelKey::Past& past : key.history) {
    if (past.country != e.member || e.facts.as_of > past.to) continue;
    e.found.changes_on(day_after(past.to), e.facts.as_of);
    return past.rule;
  }
  for (const auto& [country, rule] : key.national) {
    if (country == e.member) return rule;
  }
  return key.rule;
}

bool as_legal_person(const Evaluation& e, const ChannelKey* key) {
  return key != nullptr && key->legal_persons && e.facts.subject.legal_person;
}

ChannelRule rule_for(const Evaluation& e, const ChannelKey* key) {
  if (key == nullptr) {
    return e.policy.marketing.other_channels_free ? ChannelRule::kFree : ChannelRule::kOptIn;
  }
  return as_legal_person(e, key) ? *key->legal_persons : national_rule(e, *key);
}

bool asks_for_consent(ChannelRule rule) {
  return rule == ChannelRule::kOptIn || rule == ChannelRule::kOptInOrSoft ||
         rule == ChannelRule::kDisclosureOptIn || rule == ChannelRule::kBanned;
}

// A claimed basis "consent" must be borne by one of these; a flawed one is told before none.
void require_any(Evaluation& e, std::initializer_list<ConsentQuery> queries,
                 std::string_view cite) {
  Judgement best;
  for (const ConsentQuery& query : queries) {
    const Judgement judged = judge(e, query);
    if (judged.answer > best.answer) best = judged;
  }
  if (best.answer == ConsentAnswer::kValid) {
    e.relies_on_consent = true;
  } else if (best.answer == ConsentAnswer::kAbsent) {
    e.deny(Reason::kNoProcessingBasis, cite);
  } else {
    deny_flaws(e, best, cite);
  }
}

void check_processing(Evaluation& e, const ChannelKey* key, ChannelRule rule) {
  const Marketing& marketing = e.policy.marketing;
  const std::string& cite = marketing.processing_cite;
  if (marketing.processing == Marketing::Processing::kNone) return;
  if (marketing.processing == Marketing::Processing::kOptIn) {
    require_consent(e, processing_query(e.facts), Reason::kNoProcessingBasis, cite);
    return;
  }
  if (!contains(marketing.accepts, e.facts.basis)) {
    e.deny(Reason::kNoProcessingBasis, cite);
  } else if (e.facts.basis == Basis::kConsent && !asks_for_consent(rule) &&
             !as_legal_person(e, key)) {
    require_any(e, {processing_query(e.facts), channel_query(e.facts)}, cite);
  }
}

// Who said no to the purpose or the channel is not contacted, whatever the rule.
void check_refusals(Evaluation& e, std::string_view cite) {
  for (const ConsentQuery& query : {processing_query(e.facts), channel_query(e.facts)}) {
    const Judgement judged = judge(e, query);
    if (judged.answer == ConsentAnswer::kSaidNo) deny_flaws(e, judged, cite);
  }
}

bool soft_opt_in_holds(Evaluation& e) {
  const std::optional<SoftRules>& rules = e.policy.marketing.soft;
  if (!rules) return false;
  const std::uint8_t met = e.facts.soft.met;
  if ((met & rules->needed) == rules->needed) return true;
  const bool charity = (met & SoftOptIn::mask(SoftCondition::kCharity)) != 0;
  if (!charity || !rules->charity_from) return false;
  e.found.changes_on(*rules->charity_from, e.facts.as_of);
  return e.facts.as_of >= *rules->charity_from &&
         (met & rules->charity_needed) == rules->charity_needed;
}

void require_soft_opt_in(Evaluation& e) {
  if (soft_opt_in_holds(e)) return;
  const std::optional<SoftRules>& rules = e.policy.marketing.soft;
  e.deny(Reason::kSoftOptinFailed, rules ? std::string_view(rules->cite) : std::string_view());
}

// Where a basis is asked for at all, a claimed exception must hold on any channel.
bool rests_on_soft_opt_in(const Evaluation& e) {
  return e.facts.basis == Basis::kSoftOptIn &&
         e.policy.marketing.processing == Marketing::Processing::kBasis;
}

void check_dnc(Evaluation& e, const ChannelKey& key) {
  if (!e.facts.dnc_national.value_or(true)) return;
  if (key.relationship_overrides_dnc && e.facts.established_relationship) return;
  if (judge(e, channel_query(e.facts)).answer == ConsentAnswer::kValid) return;
  e.deny(Reason::kNationalDnc, key.cite);
}

void check_opt_in_or_soft(Evaluation& e, std::string_view cite) {
  const ConsentAnswer answer = judge(e, channel_query(e.facts)).answer;
  const bool soft = e.facts.basis == Basis::kSoftOptIn && answer != ConsentAnswer::kValid &&
                    answer != ConsentAnswer::kSaidNo;
  if (soft) return require_soft_opt_in(e);
  require_consent(e, channel_query(e.facts), Reason::kNoChannelConsent, cite);
}

void check_banned_platform(Evaluation& e, const ChannelKey& key) {
  if (key.banned_platforms.empty()) return;
  const std::string& recipient = e.facts.recipient.id;
  const bool upload = e.facts.channel == Channel::kAdsUpload;
  const std::string& platform = upload && e.facts.platform.empty() ? recipient : e.facts.platform;
  if (platform.empty()) return e.deny(Reason::kChannelBanned, key.banned_cite);
  for (const auto& [name, from] : key.banned_platforms) {
    if (name != platform && name != recipient) continue;
    e.found.changes_on(from, e.facts.as_of);
    if (e.facts.as_of >= from) e.deny(Reason::kChannelBanned, key.banned_cite);
  }
}

void check_channel_rule(Evaluation& e, const ChannelKey* key, ChannelRule rule,
                        std::string_view cite) {
  switch (rule) {
    case ChannelRule::kFree:
      return;
    case ChannelRule::kOptIn:
      require_consent(e, channel_query(e.facts), Reason::kNoChannelConsent, cite);
      return;
    case ChannelRule::kOptInOrSoft:
      return check_opt_in_or_soft(e, cite);
    case ChannelRule::kOptOut:
    case ChannelRule::kOptOutDnc:
      if (rests_on_soft_opt_in(e)) require_soft_opt_in(e);
      if (rule == ChannelRule::kOptOutDnc && key != nullptr) check_dnc(e, *key);
      return;
    case ChannelRule::kBanned:
      return e.deny(Reason::kChannelBanned, cite);
    case ChannelRule::kDisclosureOptIn:
      require_consent(e, disclosure_query(e.facts), Reason::kNoDisclosureConsent, cite);
      return;
  }
}

bool is_quiet(const QuietHours& quiet, int minutes) {
  if (quiet.from <= quiet.to) return minutes >= quiet.from && minutes < quiet.to;
  return minutes >= quiet.from || minutes < quiet.to;  // Across midnight.
}

void check_message(Evaluation& e) {
  const Marketing& marketing = e.policy.marketing;
  const Message& message = e.facts.message;
  const std::string& cite = marketing.message_cite;
  const auto need = [&](std::optional<bool> holds, Reason reason) {
    if (!holds.value_or(false)) e.deny(reason, cite);
  };
  for (MessageNeed each : marketing.message) {
    switch (each) {
      case MessageNeed::kSender:
        need(message.sender_identified, Reason::kMsgSenderHidden);
        break;
      case MessageNeed::kUnsubscribe:
        need(message.unsubscribe, Reason::kMsgNoUnsubscribe);
        break;
      case MessageNeed::kPostalAddress:
        need(message.postal_address, Reason::kMsgNoPostalAddress);
        break;
      case MessageNeed::kHonest:
        need(message.honest, Reason::kMsgDeceptive);
        break;
      case MessageNeed::kQuietHours:
        if (message.local_minutes && is_quiet(*marketing.quiet, *message.local_minutes)) {
          e.deny(Reason::kQuietHours, marketing.quiet->cite);
        }
        break;
    }
  }
}

bool is_message(Channel channel) {
  return channel != Channel::kAdsUpload && channel != Channel::kExport;
}

}  // namespace

void check_marketing(Evaluation& e) {
  const ChannelKey* key = channel_key(e);
  const ChannelRule rule = rule_for(e, key);
  const std::string_view cite = key != nullptr ? key->cite : e.policy.marketing.processing_cite;
  if (e.found.permit_cite.empty()) e.found.permit_cite = cite;
  check_processing(e, key, rule);
  check_refusals(e, cite);
  check_channel_rule(e, key, rule, cite);
  if (key != nullptr) check_banned_platform(e, *key);
  const bool governed = key != nullptr || !e.policy.marketing.other_channels_free;
  if (governed && is_message(e.facts.channel)) check_message(e);
}

void check_other_purpose(Evaluation& e) {
  if (e.found.permit_cite.empty()) e.found.permit_cite = e.policy.other_cite;
  if (e.facts.purpose == Purpose::kUnknown) {
    return e.deny(Reason::kNoProcessingBasis, e.policy.other_cite);
  }
  if (!e.policy.other_needs_basis) return;
  if (!contains(e.policy.other_accepts, e.facts.basis)) {
    e.deny(Reason::kNoProcessingBasis, e.policy.other_cite);
  } else if (e.facts.basis == Basis::kConsent) {
    require_any(e, {processing_query(e.facts), channel_query(e.facts), disclosure_query(e.facts)},
                e.policy.other_cite);
  }
}

}  // namespace assent
