#pragma once

#include "api/http.h"

namespace assent {

// RFC 9457 problem details: type, title, status, detail, code, and where they apply line, column
// and field; request_id always. The only place where an ErrorCode becomes a status. Nothing in the
// answer comes from the client or from stored data.
//   kInvalid 400, kUnauthenticated 401 (with WWW-Authenticate), kDenied 403, kNotFound 404,
//   kConflict 409, kTooLarge 413, kBusy 429, kCorrupt 500, kUnavailable 503.
// kBusy and kUnavailable carry Retry-After.
Response render(const Error& error, const RequestId& request);

// For what only the edge can say and no ErrorCode stands for (405, 431, 501, ...), and for the 500
// of an unexpected exception.
Response problem(int status, StaticText code, StaticText detail, const RequestId& request);

// "Not Found" for 404.
StaticText reason_phrase(int status);

}  // namespace assent
