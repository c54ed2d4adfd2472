#include "api/caller.h"

#include <algorithm>

namespace assent {

Result<Caller> Door::admit(std::string_view token, StaticText action) {
  auto info = tokens_.authenticate(token);
  if (!info.ok()) return info.error();
  const bool in_scope =
      info->scopes.empty() || std::ranges::find(info->scopes, action.view()) != info->scopes.end();
  if (!in_scope || !roles_.allows(info->role, action.view())) {
    return Error{ErrorCode::kDenied, "this token may not do that"};
  }
  return Caller{info->tenant, info->id, info->actor, info->role, info->scopes};
}

Result<NewToken> new_token(const Roles& roles, Timestamp now, const std::string& name,
                           const std::string& role, const std::vector<std::string>& scopes,
                           std::int64_t days) {
  if (name.empty() || name.size() > 100) {
    return Error{ErrorCode::kInvalid, "a token's name has 1 to 100 characters"};
  }
  if (!roles.is_role(role)) return Error{ErrorCode::kInvalid, "no such role in roles.yaml"};
  for (const std::string& scope : scopes) {
    if (!roles.is_action(scope)) return Error{ErrorCode::kInvalid, "no such action in roles.yaml"};
  }
  if (days < 1 || days > 366) {
    return Error{ErrorCode::kInvalid, "a token ends after 1 to 366 days"};
  }
  return NewToken{name, role, scopes, {now.us + days * kDayUs}};
}

Act act_of(const Caller& caller, PurposeCode purpose, const RequestId& request) {
  Act act;
  act.actor_kind = ActorKind::kToken;
  act.actor = caller.actor;
  act.purpose = purpose;
  act.request = request;
  return act;
}

}  // namespace assent
