#include "api/lookups.h"

#include "api/problem.h"

namespace assent {

std::optional<Response> hold_back(const Request& request, const Caller& caller,
                                  Services& services) {
  const auto wait = services.lookups.admit(caller.token, services.roles.lookups(caller.role),
                                           services.clock.now());
  if (!wait) return std::nullopt;
  Response response =
      problem(429, error_name(ErrorCode::kBusy),
              "too many lookups of this token, or too many that found nobody", request.id);
  response.headers.add("Retry-After", std::to_string(*wait));
  return response;
}

void note_miss(const Request& request, const Caller& caller, Services& services) {
  const auto misses = services.lookups.missed(caller.token, services.roles.lookups(caller.role),
                                              services.clock.now());
  if (!misses) return;
  services.log.warning("lookups.alarm",
                       {{"tenant", caller.tenant}, {"token", caller.token}, {"misses", *misses}});
  const auto entered = in_tx(services.data, caller.tenant, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf =
        leaf_of(act_of(caller, PurposeCode::kOperations, request.id), AuditEvent::kLookupAlarm);
    leaf.outcome = Outcome::kRefused;
    leaf.result_count = *misses;
    return services.journal.append(tx, leaf);
  });
  if (!entered.ok()) services.log.error("lookups.alarm_not_entered", {{"token", caller.token}});
}

}  // namespace assent
