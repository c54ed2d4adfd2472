#include "statements.h"

#include <algorithm>
#include <array>
#include <set>

#include "audit/event.h"
#include "consent/vocabulary.h"
#include "identity/record_fields.h"

namespace assent {
namespace {

constexpr StaticText kNotices = R"sql(
  SELECT name, notice_id, effective_from FROM notice WHERE name = ANY($1::text[])
   ORDER BY name, effective_from, version
)sql";

constexpr auto kActions = std::to_array<std::pair<std::string_view, ConsentAction>>(
    {{"request", ConsentAction::kRequest},
     {"give", ConsentAction::kGive},
     {"renew", ConsentAction::kRenew},
     {"refuse", ConsentAction::kRefuse},
     {"withdraw", ConsentAction::kWithdraw},
     {"object", ConsentAction::kObject},
     {"expire", ConsentAction::kExpire},
     {"invalidate", ConsentAction::kInvalidate}});

constexpr auto kMethods = std::to_array<std::pair<std::string_view, ConsentMethod>>(
    {{"", ConsentMethod::kUnknown},
     {"web_form", ConsentMethod::kWebForm},
     {"app", ConsentMethod::kApp},
     {"paper", ConsentMethod::kPaper},
     {"call", ConsentMethod::kCall},
     {"in_store", ConsentMethod::kInStore},
     {"double_opt_in", ConsentMethod::kDoubleOptIn},
     {"one_click", ConsentMethod::kOneClick},
     {"api", ConsentMethod::kApi},
     {"imported_claim", ConsentMethod::kImported}});

template <class Table>
auto find_word(const Table& table, std::string_view word)
    -> std::optional<decltype(table[0].second)> {
  for (const auto& [name, value] : table) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::optional<Uuid> notice_at(const StatementWords& words, std::string_view name, Timestamp at) {
  std::optional<Uuid> shown;
  const auto versions = words.notices.find(name);
  if (versions == words.notices.end()) return shown;
  for (const NoticeVersion& version : versions->second) {
    if (version.effective_from <= at) shown = version.id;
  }
  return shown;
}

std::variant<ParsedClaim, ClaimFault> parse_claim(const ConsentClaim& claim,
                                                  const StatementWords& words, Timestamp now) {
  const auto purpose = words.purposes.find(claim.purpose);
  const auto channel = channel_number(claim.channel);
  const auto action = find_word(kActions, claim.action);
  const auto method = find_word(kMethods, claim.method);
  if (purpose == words.purposes.end()) {
    return ClaimFault{"the purpose is not registered", "purpose", claim.columns.purpose};
  }
  if (!channel) return ClaimFault{"the channel is not known", "channel", claim.columns.channel};
  if (!action) return ClaimFault{"the action is not known", "action", claim.columns.action};
  if (!method) return ClaimFault{"the method is not known", "method", claim.columns.method};
  if (claim.effective_at > now) {
    return ClaimFault{"the statement lies in the future", "effective_at",
                      claim.columns.effective_at};
  }
  ParsedClaim parsed{purpose->second, *channel, *action, *method, claim.effective_at, std::nullopt};
  if (!claim.notice.empty()) {
    parsed.notice = notice_at(words, claim.notice, claim.effective_at);
    if (!parsed.notice) {
      return ClaimFault{"the notice was not published on the day of the statement", "notice",
                        claim.columns.notice};
    }
  }
  return parsed;
}

std::vector<Tag16> contacts_for(const Speaker& speaker, std::uint8_t channel) {
  std::vector<Tag16> contacts;
  for (const LinkTag& contact : speaker.contacts) {
    if (reaches(channel, contact.kind)) contacts.push_back(contact.tag);
  }
  return contacts;
}

ConsentEvent event_of(const Speaker& speaker, const ParsedClaim& claim,
                      std::optional<Tag16> contact, const std::string& key) {
  ConsentEvent event;
  event.record = speaker.record;
  event.id = derive_event_id(speaker.tenant, speaker.record, speaker.source, key);
  event.purpose = claim.purpose;
  event.channel = claim.channel;
  event.contact = contact;
  event.action = claim.action;
  event.effective_at = claim.effective_at;
  event.source = speaker.source;
  event.notice = claim.notice;
  event.method = claim.method;
  event.evidence = evidence_of(claim.method);
  event.by_verified_holder = claim.method == ConsentMethod::kDoubleOptIn && contact.has_value();
  return event;
}

std::string claim_key(const ParsedClaim& claim) {
  std::string key = "claim";
  for (const int part : {static_cast<int>(claim.purpose), static_cast<int>(claim.channel),
                         static_cast<int>(claim.action), static_cast<int>(claim.method)}) {
    key += '/' + std::to_string(part);
  }
  key += '/' + std::to_string(claim.effective_at.us);
  if (claim.notice) key += '/' + claim.notice->text();
  return key;
}

struct DatedOptOut {
  std::uint8_t channel = 0;
  Timestamp at;
  std::string key;
};

std::vector<DatedOptOut> dated(const Speaker& speaker, std::span<const OptOut> opt_outs,
                               Timestamp now) {
  std::vector<DatedOptOut> all;
  for (const OptOut& opt_out : opt_outs) {
    const std::uint8_t channel =
        opt_out.channel ? channel_number(opt_out.channel->text()).value_or(0) : 0;
    const Timestamp at = std::min(opt_out.effective_at.value_or(now), now);
    const std::string moment = opt_out.effective_at ? std::to_string(opt_out.effective_at->us)
                                                    : 'v' + std::to_string(speaker.version);
    all.push_back({channel, at, "opt_out/" + std::to_string(channel) + '/' + moment});
  }
  return all;
}

}  // namespace

std::optional<std::uint8_t> channel_number(std::string_view name) {
  if (name.empty() || name == "all") return std::uint8_t{0};
  const Channel channel = parse_channel(name);
  if (channel == Channel::kUnknown) return std::nullopt;
  return static_cast<std::uint8_t>(channel);
}

bool reaches(std::uint8_t channel, std::uint16_t kind) {
  switch (static_cast<Channel>(channel)) {
    case Channel::kEmail:
      return kind == kEmailIndex;
    case Channel::kSms:
    case Channel::kMessenger:
    case Channel::kPhoneLive:
    case Channel::kPhoneAuto:
      return kind == kPhoneIndex;
    case Channel::kUnknown:  // 0: every channel.
    case Channel::kAdsUpload:
      return kind == kEmailIndex || kind == kPhoneIndex;
    case Channel::kPush:
    case Channel::kPost:
    case Channel::kExport:
      return false;
  }
  return false;
}

std::map<std::string, PurposeCode, std::less<>> purposes_by_name(Tx& tx) {
  std::map<std::string, PurposeCode, std::less<>> purposes;
  const Rows rows = tx.query("SELECT name, purpose_id FROM purpose");
  for (const auto& row : rows) purposes[row.text(0)] = static_cast<PurposeCode>(row.integer(1));
  return purposes;
}

StatementWords statement_words(Tx& tx, std::span<const PreparedContact> rows) {
  std::set<std::string> names;
  for (const PreparedContact& one : rows) {
    for (const ConsentClaim& claim : one.row.consents) names.insert(claim.notice);
  }
  StatementWords words;
  if (names.empty()) return words;
  words.purposes = purposes_by_name(tx);
  const Rows found =
      tx.query(kNotices, {Param::array(std::vector<std::string>(names.begin(), names.end()))});
  for (const auto& row : found) words.notices[row.text(0)].push_back({row.uuid(1), row.time(2)});
  return words;
}

ParsedClaims parse_claims(const ContactRow& row, const StatementWords& words, Timestamp now) {
  std::vector<ParsedClaim> parsed;
  for (const ConsentClaim& claim : row.consents) {
    auto one = parse_claim(claim, words, now);
    if (const auto* fault = std::get_if<ClaimFault>(&one)) return *fault;
    parsed.push_back(std::get<ParsedClaim>(one));
  }
  return parsed;
}

EvidenceKind evidence_of(ConsentMethod method) {
  const bool is_claim = method == ConsentMethod::kUnknown || method == ConsentMethod::kImported;
  return is_claim ? EvidenceKind::kClaimed : EvidenceKind::kProven;
}

std::vector<ConsentEvent> claim_events(const Speaker& speaker,
                                       std::span<const ParsedClaim> claims) {
  std::vector<ConsentEvent> events;
  for (const ParsedClaim& claim : claims) {
    const std::vector<Tag16> contacts =
        claim.channel == 0 ? std::vector<Tag16>() : contacts_for(speaker, claim.channel);
    if (is_denial(claim.action) && contacts.size() > 1) {
      for (const Tag16& contact : contacts) {
        events.push_back(
            event_of(speaker, claim, contact, claim_key(claim) + '/' + to_hex(contact)));
      }
      continue;
    }
    const auto only = contacts.size() == 1 ? std::optional(contacts[0]) : std::nullopt;
    events.push_back(event_of(speaker, claim, only, claim_key(claim)));
  }
  return events;
}

std::vector<ConsentEvent> opt_out_events(const Speaker& speaker, std::span<const OptOut> opt_outs,
                                         Timestamp now) {
  std::vector<ConsentEvent> events;
  for (const DatedOptOut& opt_out : dated(speaker, opt_outs, now)) {
    const ParsedClaim said{PurposeCode::kDirectMarketing, opt_out.channel, ConsentAction::kObject,
                           ConsentMethod::kImported,      opt_out.at,      std::nullopt};
    events.push_back(event_of(speaker, said, std::nullopt, opt_out.key));
  }
  return events;
}

std::vector<AskedSuppression> opt_out_suppressions(const Speaker& speaker,
                                                   std::span<const OptOut> opt_outs,
                                                   Timestamp now) {
  std::vector<AskedSuppression> suppressed;
  for (const DatedOptOut& opt_out : dated(speaker, opt_outs, now)) {
    const EventId by = derive_event_id(speaker.tenant, speaker.record, speaker.source, opt_out.key);
    for (const Tag16& contact : contacts_for(speaker, opt_out.channel)) {
      suppressed.push_back({by, {contact, opt_out.channel, opt_out.at}});
    }
  }
  return suppressed;
}

}  // namespace assent
