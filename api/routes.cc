#include "api/routes.h"

#include <algorithm>

#include "api/failure_limit.h"
#include "api/problem.h"

namespace assent {
namespace {

constexpr std::uint64_t kImportBytesMax = 64 << 20;

// The token of "Bearer TOKEN"; the scheme in any case, one space or more after it (RFC 9110).
std::string_view bearer_of(const Request& request) {
  const auto value = request.headers.find("Authorization").value_or("");
  const auto space = std::min(value.find(' '), value.size());
  if (!same_word(value.substr(0, space), "Bearer")) return {};
  return value.substr(std::min(value.find_first_not_of(' ', space), value.size()));
}

// What a caller without a valid token is told: who shows many that are none has to wait. A valid
// token is let in all the same.
Response refuse(const Error& error, const Request& request, std::string_view token,
                FailureLimit& failures, Timestamp now) {
  if (error.code == ErrorCode::kUnauthenticated && !token.empty()) {
    if (const auto wait = failures.failed(request.remote_address.reveal(), now)) {
      Response response =
          problem(429, error_name(ErrorCode::kBusy), "too many tokens that are none", request.id);
      response.headers.add("Retry-After", std::to_string(*wait));
      return response;
    }
  }
  return render(error, request.id);
}

class Surface {
 public:
  explicit Surface(Services& services)
      : services_(services), failures_(std::make_shared<FailureLimit>(services.random)) {}

  void open(Method method, StaticText pattern, StaticText action,
            Response (*handler)(const Request&, Services&)) {
    require_row(action);
    Services& services = services_;
    router_.add({method, pattern, action, [handler, &services](const Request& request) {
                   return handler(request, services);
                 }});
  }

  void guarded(Method method, StaticText pattern, StaticText action, GuardedHandler handler,
               std::uint64_t body_bytes_max = kBodyBytesMax) {
    require_row(action);
    Services& services = services_;
    auto admit = [action, failures = failures_, &services](const Request& request, Caller& caller) {
      const auto token = bearer_of(request);
      auto admitted =
          services.door.admit(token, action, request.headers.find(kForWhomHeader.view()));
      if (!admitted.ok()) {
        return std::optional(
            refuse(admitted.error(), request, token, *failures, services.clock.now()));
      }
      caller = std::move(*admitted);
      return std::optional<Response>();
    };
    router_.add({method, pattern, action,
                 [admit, handler = std::move(handler), &services](const Request& request) {
                   Caller caller;
                   if (auto refused = admit(request, caller)) return std::move(*refused);
                   return handler(request, caller, services);
                 },
                 body_bytes_max,
                 [admit](const Request& request) {
                   Caller caller;
                   return admit(request, caller);
                 }});
  }

  Router take() { return std::move(router_); }

 private:
  // A route that policies/roles.yaml does not know would be open to nobody or to everybody.
  void require_row(StaticText action) const {
    if (!services_.roles.is_action(action.view())) {
      throw std::logic_error("a route has no row in roles.yaml");
    }
  }
  Services& services_;
  std::shared_ptr<FailureLimit> failures_;  // One for all routes.
  Router router_;
};

}  // namespace

Router make_routes(Services& services) {
  Surface surface(services);
  surface.open(Method::kGet, "/v1/health", "health.read", health);
  surface.open(Method::kGet, "/v1/ready", "health.ready", ready);
  surface.open(Method::kGet, "/v1/openapi.yaml", "contract.read", openapi);
  surface.guarded(Method::kPost, "/v1/tokens", "token.create", create_token);
  surface.guarded(Method::kGet, "/v1/tokens", "token.list", list_tokens);
  surface.guarded(Method::kDelete, "/v1/tokens/{token}", "token.revoke", revoke_token);
  surface.guarded(Method::kGet, "/v1/sources", "import.read", list_sources);
  surface.guarded(Method::kPost, "/v1/sources/{source}/imports", "import.create", create_import,
                  kImportBytesMax);
  surface.guarded(Method::kGet, "/v1/imports/{import}/rejects", "import.rejects", import_rejects);
  surface.guarded(Method::kPost, "/v1/consents", "consent.record", record_consent);
  surface.guarded(Method::kGet, "/v1/records/{record}/consents", "consent.history",
                  consent_history);
  surface.guarded(Method::kPost, "/v1/decisions", "decision.preview", preview_decision);
  surface.guarded(Method::kPost, "/v1/recipients", "recipient.register", register_recipient);
  surface.guarded(Method::kGet, "/v1/recipients", "recipient.list", list_recipients);
  surface.guarded(Method::kPost, "/v1/segments/compute", "segment.compute", compute_segments);
  surface.guarded(Method::kGet, "/v1/segments/{name}/count", "segment.count", count_segment);
  surface.guarded(Method::kPost, "/v1/segments/{name}/releases", "release.create", create_release);
  surface.guarded(Method::kGet, "/v1/releases", "release.read", list_releases);
  surface.guarded(Method::kGet, "/v1/releases/{release}", "release.read", read_release);
  surface.guarded(Method::kGet, "/v1/releases/{release}/file", "release.download",
                  download_release);
  surface.guarded(Method::kPost, "/v1/searches", "profile.search", search_people);
  surface.guarded(Method::kPost, "/v1/profiles/{profile}/read", "profile.read", read_profile);
  surface.guarded(Method::kPost, "/v1/records/{record}/unmerge", "profile.unmerge", unmerge_record);
  surface.guarded(Method::kPost, "/v1/records/{record}/key", "record.rotate_key",
                  rotate_record_key);
  surface.guarded(Method::kGet, "/v1/records/{record}/links/{other}", "profile.explain",
                  explain_link);
  surface.guarded(Method::kPost, "/v1/requests", "request.create", create_request);
  surface.guarded(Method::kGet, "/v1/requests/{request}", "request.read", read_request);
  surface.guarded(Method::kGet, "/v1/requests/{request}/certificate", "certificate.read",
                  read_certificate);
  surface.guarded(Method::kGet, "/v1/log/checkpoint", "audit.checkpoint", log_checkpoint);
  surface.guarded(Method::kGet, "/v1/log/policy", "audit.checkpoint", log_policy);
  surface.guarded(Method::kGet, "/v1/log/proofs/{event}", "audit.proof", log_proof);
  surface.guarded(Method::kGet, "/v1/log/bundle", "audit.export", log_bundle);
  surface.guarded(Method::kGet, "/v1/logs/{log}/checkpoint", "audit.tiles", published_checkpoint);
  surface.guarded(Method::kGet, "/v1/logs/{log}/retention", "audit.tiles", published_retention);
  surface.guarded(Method::kGet, "/v1/logs/{log}/tile/{path...}", "audit.tiles", published_tile);
  surface.guarded(Method::kGet, "/v1/logs/{log}/timestamps", "audit.tiles", published_timestamps);
  surface.guarded(Method::kGet, "/v1/logs/{log}/timestamps/{file}", "audit.tiles",
                  published_timestamp);
  surface.guarded(Method::kGet, "/v1/audit/entries", "audit.entries", log_entries);
  surface.guarded(Method::kGet, "/v1/records/{record}/trail", "audit.trail", record_trail);
  surface.guarded(Method::kGet, "/metrics", "metrics.read", metrics);
  return surface.take();
}

}  // namespace assent
