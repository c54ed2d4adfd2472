#pragma once

#include <optional>
#include <string>
#include <string_view>
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
  ActorRef on_behalf_of;  // Nil: for itself.
};

// What a call says of whom it is made for: a reference of the calling system, as text; nullopt when
// it says nothing.
using ForWhom = std::optional<std::string_view>;

// The one door: token → caller → may it do this? Thread-safe.
class Door {
 public:
  Door(TokenStore& tokens, const Roles& roles) : tokens_(tokens), roles_(roles) {}

  // kUnauthenticated no valid token; kDenied the role, or the token's scopes, do not have `action`,
  // or it says whom it acts for and the token may not act for others; kInvalid that is no random
  // UUID (version 4 or 7): the log keeps it for ever, so it must hold nothing.
  Result<Caller> admit(std::string_view token, StaticText action, ForWhom for_whom = {});

 private:
  TokenStore& tokens_;
  const Roles& roles_;
};

// A token as it is asked for. kInvalid: a name over 100 characters, an unknown role or action, or a
// term outside 1 to 366 days.
Result<NewToken> new_token(const Roles& roles, Timestamp now, const std::string& name,
                           const std::string& role, const std::vector<std::string>& scopes,
                           std::int64_t days, bool acts_for_others);

// What the leaves of one call have in common.
Act act_of(const Caller& caller, PurposeCode purpose, const RequestId& request);

}  // namespace assent
