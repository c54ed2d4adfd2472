#include "api/statement.h"

#include <algorithm>

#include "consent/vocabulary.h"
#include "identity/identifier_value.h"
#include "identity/profile_facts.h"
#include "identity/search.h"

namespace assent {
namespace {

std::optional<ConsentAction> parse_action(std::string_view word) {
  if (word == "give") return ConsentAction::kGive;
  if (word == "renew") return ConsentAction::kRenew;
  if (word == "refuse") return ConsentAction::kRefuse;
  if (word == "withdraw") return ConsentAction::kWithdraw;
  if (word == "object") return ConsentAction::kObject;
  return std::nullopt;
}

// The order's words in our numbers.
struct Meaning {
  PurposeCode purpose = PurposeCode::kNone;
  std::uint8_t channel = 0;
  ConsentAction action = ConsentAction::kRequest;
  IdentifierValue identifier;
  Timestamp effective_at;
};

class Recording {
 public:
  Recording(Services& services, const TenantTools& tools, const Act& act,
            const StatementOrder& order)
      : services_(services), tools_(tools), act_(act), order_(order) {}

  Result<StatementOutcome> run(Tx& tx) {
    auto meaning = read(tx);
    if (!meaning.ok()) return meaning.error();
    const bool denial = is_denial(meaning->action);
    auto holders = records_with(tx, tools_.tags, meaning->identifier.index_id,
                                meaning->identifier.normalized.reveal());
    if (order_.record && std::ranges::find(holders, *order_.record) == holders.end()) {
      return Error{ErrorCode::kNotFound, "no such record holds this identifier"};
    }
    const auto speaker = speaker_of(tx, holders);
    if (!denial && !speaker) {
      if (holders.empty()) return Error{ErrorCode::kNotFound, "nobody holds this identifier"};
      return Error{ErrorCode::kConflict, "several people hold this identifier: name the record"};
    }
    StatementOutcome outcome;
    if (speaker) {
      auto event = event_of(tx, *meaning, *speaker);
      if (!event.ok()) return event.error();
      auto recorded = services_.ledger.record(tx, act_, *event);
      if (!recorded.ok()) return recorded.error();
      outcome.recorded = *recorded == Recorded::kNew ? 1 : 0;
    }
    if (denial && is_contact(*meaning)) {
      auto barred = suppress(tx, *meaning);
      if (!barred.ok()) return barred.error();
      outcome.suppressed = 1;
    }
    auto refreshed = refresh_permits(tx, tools_.permits, holders);
    if (!refreshed.ok()) return refreshed.error();
    return outcome;
  }

 private:
  Result<Meaning> read(Tx& tx) const {
    Meaning meaning;
    auto purpose = Purposes::find(tx, order_.purpose);
    if (!purpose.ok()) return Error{ErrorCode::kInvalid, "the purpose is not registered"};
    meaning.purpose = *purpose;
    const Channel channel = parse_channel(order_.channel);
    if (!order_.channel.empty() && channel == Channel::kUnknown) {
      return Error{ErrorCode::kInvalid, "no such channel"};
    }
    meaning.channel = static_cast<std::uint8_t>(channel);
    const auto action = parse_action(order_.action);
    if (!action) {
      return Error{ErrorCode::kInvalid, "an action is give, renew, refuse, withdraw or object"};
    }
    meaning.action = *action;
    // A phone without its country is read as dialled in the operator's, as everywhere.
    const Rows controller =
        tx.query("SELECT operator_country::text FROM tenant WHERE tenant = $1", {tx.tenant()});
    auto identifier = identifier_value(order_.kind, order_.value, controller[0].text(0));
    if (!identifier.ok()) return identifier.error();
    meaning.identifier = std::move(*identifier);
    meaning.effective_at = order_.effective_at.value_or(tx.now());
    return meaning;
  }

  static bool is_contact(const Meaning& meaning) {
    return meaning.identifier.index_id == kEmailIndex || meaning.identifier.index_id == kPhoneIndex;
  }

  // Who says it: the record that is named, or the one person who holds the value.
  std::optional<RecordId> speaker_of(Tx& tx, const std::vector<RecordId>& holders) const {
    if (order_.record) return order_.record;
    if (holders.empty() || profiles_of(tx, holders).size() != 1) return std::nullopt;
    return *std::ranges::max_element(holders);  // The youngest record.
  }

  Result<ConsentEvent> event_of(Tx& tx, const Meaning& meaning, RecordId speaker) const {
    ConsentEvent event;
    event.record = speaker;
    event.id = derive_event_id(tx.tenant(), speaker, 0, order_.reference);
    event.purpose = meaning.purpose;
    event.channel = meaning.channel;
    if (is_contact(meaning) && meaning.channel != 0) {
      event.contact =
          tools_.tags.tag(meaning.identifier.index_id, meaning.identifier.normalized.reveal());
    }
    event.action = meaning.action;
    event.effective_at = meaning.effective_at;
    event.method = ConsentMethod::kApi;
    event.evidence = EvidenceKind::kProven;
    if (!order_.notice.empty()) {
      auto notice = Notices::in_force(tx, order_.notice, meaning.effective_at);
      if (!notice.ok()) {
        return Error{ErrorCode::kInvalid, "no notice of that name was in force then"};
      }
      event.notice = notice->id;
      event.separate_document = notice->separate_document;
    }
    return event;
  }

  Status suppress(Tx& tx, const Meaning& meaning) const {
    const std::string_view value = meaning.identifier.normalized.reveal();
    const ContactTags tags{tools_.tags.tag(meaning.identifier.index_id, value),
                           tools_.tags.suppression_tag(meaning.identifier.index_id, value)};
    return services_.suppressions.suppress(tx, act_, tags, meaning.channel, meaning.effective_at);
  }

  Services& services_;
  const TenantTools& tools_;
  const Act& act_;
  const StatementOrder& order_;
};

}  // namespace

Result<StatementOutcome> record_statement(Services& services, TenantId tenant, const Act& act,
                                          const StatementOrder& order) {
  auto tools = services.tools.of(tenant);
  if (!tools.ok()) return tools.error();
  return in_tx(services.data, tenant,
               [&](Tx& tx) { return Recording(services, **tools, act, order).run(tx); });
}

}  // namespace assent
