#pragma once

#include <map>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "batch.h"
#include "consent/consent_event.h"
#include "consent/suppression.h"
#include "core/db.h"
#include "identity/link_store.h"
#include "prepared_contact.h"

namespace assent {

// What the claims of a batch may name: the tenant's purposes, and every version of the notices.
struct NoticeVersion {
  Uuid id;
  Timestamp effective_from;
};
struct StatementWords {
  std::map<std::string, PurposeCode, std::less<>> purposes;
  std::map<std::string, std::vector<NoticeVersion>, std::less<>> notices;
};
std::map<std::string, PurposeCode, std::less<>> purposes_by_name(Tx& tx);
StatementWords statement_words(Tx& tx, std::span<const PreparedContact> rows);

// Why a claim cannot be taken. The whole row is rejected: half a statement is none.
struct ClaimFault {
  StaticText reason;
  StaticText field;
  std::uint32_t column = 0;  // Of the cell at fault.
};

// A claim in the ledger's words.
struct ParsedClaim {
  PurposeCode purpose = PurposeCode::kNone;
  std::uint8_t channel = 0;
  ConsentAction action = ConsentAction::kRequest;
  ConsentMethod method = ConsentMethod::kUnknown;
  Timestamp effective_at;
  std::optional<Uuid> notice;
};
using ParsedClaims = std::variant<std::vector<ParsedClaim>, ClaimFault>;
// A word that is not known, a notice that was not shown yet, or a date in the future is a fault.
// The text that was shown is the newest version of the named notice on the day of the statement.
ParsedClaims parse_claims(const ContactRow& row, const StatementWords& words, Timestamp now);

// 0 for every channel; nullopt for a word that is none.
std::optional<std::uint8_t> channel_number(std::string_view name);
// Whether a person is reached through `channel` by an identifier of this kind.
bool reaches(std::uint8_t channel, std::uint16_t kind);

// Whether the claim is proven: a consent that some program merely states is a claim
// (imported_claim).
EvidenceKind evidence_of(ConsentMethod method);

// Who speaks: a record and what it can be reached by.
struct Speaker {
  TenantId tenant;
  RecordId record;
  std::int16_t source = 0;
  std::int32_t version = 0;       // Of the record, tells two undated opt-outs apart.
  std::vector<LinkTag> contacts;  // Its phones and e-mails.
};

// The claims as events. A consent is bound to the one contact point of its channel that the record
// has; a denial to each of them.
std::vector<ConsentEvent> claim_events(const Speaker& speaker, std::span<const ParsedClaim> claims);
// An opt-out column is an objection of its channel, and suppresses the record's contact points of
// that channel; without a channel it is an objection to marketing. Effective at the mapped date,
// else now; a date in the future is now.
std::vector<ConsentEvent> opt_out_events(const Speaker& speaker, std::span<const OptOut> opt_outs,
                                         Timestamp now);
std::vector<AskedSuppression> opt_out_suppressions(const Speaker& speaker,
                                                   std::span<const OptOut> opt_outs, Timestamp now);

}  // namespace assent
