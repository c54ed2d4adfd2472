#pragma once

#include <string>

#include "api/http.h"
#include "api/json.h"
#include "api/services.h"

// Receipts of critical acts over HTTP: the tlog-proof of the act's entry, which whoever asked can
// check without us (docs/audit-format.md, receipts).
namespace assent {

// Where the receipt of an act is fetched once it is signed: the header of streams, and a member.
inline constexpr StaticText kReceiptHeader = "X-Assent-Receipt-At";
std::string receipt_place(EventId event);

// The answer to an act that is committed: the object that `out` has begun, ended by the members
// `receipt_at` and `receipt`. The server waits a moment for the checkpoint (Response::late); when
// none comes, `receipt` is null and the act stands. `services` must outlive the answer.
Response with_receipt(int status, JsonWriter& out, TenantId log, EventId event, Services& services);

}  // namespace assent
