#pragma once

#include <optional>

#include "api/caller.h"
#include "api/http.h"
#include "api/services.h"

// What the routes that look people up by an address have in common (lookup_limit.h). Commands are
// not held back: whoever has the installation's terminal has its keys.
namespace assent {

// 429 with Retry-After when the caller has to wait.
std::optional<Response> hold_back(const Request& request, const Caller& caller, Services& services);

// After a lookup that found nobody: when that is one too many, LOOKUP_ALARM is in the tenant's log
// and a warning in the program's. The lookup itself stands whatever becomes of that.
void note_miss(const Request& request, const Caller& caller, Services& services);

}  // namespace assent
