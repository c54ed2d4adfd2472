#pragma once

#include <optional>
#include <string>

#include "api/services.h"
#include "consent/consent_event.h"

namespace assent {

// What a person says through us, however it reaches us: POST /v1/consents and `assent consent`.
struct StatementOrder {
  std::string kind;                // Of the identifier: email or phone, or external_id.
  Plaintext value;                 // Of the identifier.
  std::optional<RecordId> record;  // Which record, when several people hold the value.
  std::string purpose;
  std::string channel;  // "": the purpose as a whole.
  std::string action;   // give, renew, refuse, withdraw, object
  std::optional<Timestamp> effective_at;
  std::string notice;     // Of a consent: the text that was shown.
  std::string reference;  // The caller's own name of this statement: repeating it changes nothing.
};

struct StatementOutcome {
  std::size_t recorded = 0;    // 1, or 0 when it was said before or nobody holds the address.
  std::size_t suppressed = 0;  // 1 when the address itself is barred from now on.
};

// Ledger, suppression, permits and log in one transaction: the next release obeys.
// kInvalid   a word that is none of ours, or no identifier.
// kNotFound  a consent of somebody nobody knows. A denial is kept for the address all the same.
// kConflict  a consent for a value that several people hold: the record must be named.
Result<StatementOutcome> record_statement(Services& services, TenantId tenant, const Act& act,
                                          const StatementOrder& order);

}  // namespace assent
