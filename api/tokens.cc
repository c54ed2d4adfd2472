#include "api/json.h"
#include "api/problem.h"
#include "api/receipt.h"
#include "api/routes.h"

// GET, POST /v1/tokens; DELETE /v1/tokens/{token}
namespace assent {
namespace {

void write_time(JsonWriter& out, std::string_view key, const std::optional<Timestamp>& at) {
  out.key(key);
  if (at) {
    out.text(to_rfc3339(*at));
  } else {
    out.null();
  }
}

void write_token(JsonWriter& out, const TokenInfo& token) {
  out.key("id").text(token.id.text());
  out.key("name").text(token.name);
  out.key("role").text(token.role);
  out.key("scopes").begin_array();
  for (const std::string& scope : token.scopes) out.text(scope);
  out.end_array();
  out.key("acts_for_others").boolean(token.acts_for_others);
  write_time(out, "created_at", token.created_at);
  write_time(out, "expires_at", token.expires_at);
  write_time(out, "revoked_at", token.revoked_at);
  write_time(out, "last_used_at", token.last_used_at);
}

}  // namespace

Response create_token(const Request& request, const Caller& caller, Services& services) {
  JsonReader in(request);
  const std::string name = in.text("name", 100);
  const std::string role = in.text("role", 100);
  const auto days = in.optional_integer("days", 1, 366);
  const auto scope = in.optional_text("scope", 100);
  const auto acts_for_others = in.optional_boolean("acts_for_others");
  if (auto read = in.finish(); !read.ok()) return render(read.error(), request.id);
  const std::vector<std::string> scopes = scope ? std::vector{*scope} : std::vector<std::string>{};
  auto token = new_token(services.roles, services.clock.now(), name, role, scopes,
                         days.value_or(90), acts_for_others.value_or(false));
  if (!token.ok()) return render(token.error(), request.id);
  auto created = services.tokens.create(
      caller.tenant, act_of(caller, PurposeCode::kOperations, request.id), *token);
  if (!created.ok()) return render(created.error(), request.id);
  JsonWriter out;
  out.begin_object();
  write_token(out, created->info);
  out.key("token").text(created->secret.reveal());
  return with_receipt(201, out, caller.tenant, created->leaf, services);
}

Response list_tokens(const Request& request, const Caller& caller, Services& services) {
  auto tokens = services.tokens.list(caller.tenant);
  if (!tokens.ok()) return render(tokens.error(), request.id);
  JsonWriter out;
  out.begin_object().key("tokens").begin_array();
  for (const TokenInfo& token : *tokens) {
    out.begin_object();
    write_token(out, token);
    out.end_object();
  }
  out.end_array().end_object();
  return json_response(200, out.take());
}

Response revoke_token(const Request& request, const Caller& caller, Services& services) {
  const auto id = Uuid::parse(request.param("token"));
  if (!id) return render(Error{ErrorCode::kNotFound, "no such token"}, request.id);
  auto revoked = services.tokens.revoke(caller.tenant,
                                        act_of(caller, PurposeCode::kOperations, request.id), *id);
  if (!revoked.ok()) return render(revoked.error(), request.id);
  JsonWriter out;
  out.begin_object().key("id").text(id->text());
  return with_receipt(200, out, caller.tenant, *revoked, services);
}

}  // namespace assent
