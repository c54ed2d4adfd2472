#pragma once

#include <string>
#include <vector>

#include "api/roles.h"
#include "api/token.h"
#include "audit/act.h"

namespace assent {

// Who calls, over HTTP or on the command line: a token that was just found valid.
struct Caller {
  TenantId tenant;
  Uuid token;
  ActorRef actor;
  std::string role;
  std::vector<std::string> scopes;
};

// The one door: token → caller → may it do this? Thread-safe.
class Door {
 public:
  Door(TokenStore& tokens, const Roles& roles) : tokens_(tokens), roles_(roles) {}

  // kUnauthenticated no valid token; kDenied the role, or the token's scopes, do not have `action`.
  Result<Caller> admit(std::string_view token, StaticText action);

 private:
  TokenStore& tokens_;
  const Roles& roles_;
};

// A token as it is asked for. kInvalid: a name over 100 characters, an unknown role or action, or a
// term outside 1 to 366 days.
Result<NewToken> new_token(const Roles& roles, Timestamp now, const std::string& name,
                           const std::string& role, const std::vector<std::string>& scopes,
                           std::int64_t days);

// What the leaves of one call have in common.
Act act_of(const Caller& caller, PurposeCode purpose, const RequestId& request);

}  // namespace assent
