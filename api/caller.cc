#include "api/caller.h"

#include <algorithm>

namespace assent {
namespace {

// RFC 9562: the versions that no name, number or machine can be read out of.
bool is_random(const Uuid& id) {
  const int version = id.bytes[6] >> 4;
  return (version == 4 || version == 7) && id.bytes[8] >> 6 == 2;
}

Result<ActorRef> reference_of(ForWhom for_whom, const TokenInfo& token) {
  if (!for_whom) return ActorRef{};
  if (!token.acts_for_others) {
    return Error{ErrorCode::kDenied, "this token may not act on behalf of others"};
  }
  const auto reference = ActorRef::parse(*for_whom);
  if (!reference || !is_random(reference->value)) {
    return Error{ErrorCode::kInvalid,
                 "on whose behalf is said by a random UUID (version 4 or 7), never by a name"};
  }
  return *reference;
}

}  // namespace

Result<Caller> Door::admit(std::string_view token, StaticText action, ForWhom for_whom) {
  auto info = tokens_.authenticate(token);
  if (!info.ok()) return info.error();
  const bool in_scope =
      info->scopes.empty() || std::ranges::find(info->scopes, action.view()) != info->scopes.end();
  if (!in_scope || !roles_.allows(info->role, action.view())) {
    return Error{ErrorCode::kDenied, "this token may not do that"};
  }
  const auto reference = reference_of(for_whom, *info);
  if (!reference.ok()) return reference.error();
  return Caller{info->tenant, info->id, info->actor, info->role, info->scopes, *reference};
}

Result<NewToken> new_token(const Roles& roles, Timestamp now, const std::string& name,
                           const std::string& role, const std::vector<std::string>& scopes,
                           std::int64_t days, bool acts_for_others) {
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
  return NewToken{name, role, scopes, {now.us + days * kDayUs}, acts_for_others};
}

Act act_of(const Caller& caller, PurposeCode purpose, const RequestId& request) {
  Act act;
  act.actor_kind = ActorKind::kToken;
  act.actor = caller.actor;
  act.on_behalf_of = caller.on_behalf_of;
  act.purpose = purpose;
  act.request = request;
  return act;
}

}  // namespace assent
