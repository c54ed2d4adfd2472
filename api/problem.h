#pragma once

#include "api/http.h"
#include "core/text.h"

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

// Says a problem in the language that the request accepts: title and detail alone; what machines
// read is the same in each. Called once, at the edge. Other answers stay as they are.
void speak_to(const Request& request, Response& response);

// The language of an Accept-Language field (RFC 9110, 12.5.4): the heaviest that is ours, else
// English.
Language accepted_language(std::string_view header);
// Tells which language the body is in, and caches that another request may get another.
void add_language(Response& response, Language language);

// "Not Found" for 404.
StaticText reason_phrase(int status);

}  // namespace assent
