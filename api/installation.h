#pragma once

#include <string>
#include <vector>

#include "api/services.h"

namespace assent {

// Setting up: what only the server's own terminal may do.

// Makes the keys of a new installation: the root (a file, or a key inside a device; a credential is
// systemd's to make), keyring and token key. kConflict when a file of them exists: a key is never
// overwritten. Else the errors of make_root.
Status make_key_files(const Config& config, const Clock& clock, Random& random);

// Whoever sits at the server's own terminal, for the purpose of operations.
Act installation_act();

struct NewTenant {
  std::string name;              // Lower-case word; stands in log origins and tokens.
  std::string operator_country;  // ISO 3166-1 alpha-2.
  std::vector<std::string> targets;
};
// Creates the tenant, its keys and its first administrator token, whose secret is shown once.
// kInvalid a name or country that is none; kConflict the name is taken.
Result<TokenStore::Created> create_tenant(Services& services, const NewTenant& tenant);

enum class OldTokens { kKeep, kEnd };
// The way back when nobody holds an administrator's token any more: makes one for the tenant of
// that name. For the server's own terminal only; in the log. When the token key is another one than
// the tokens were made with, it becomes the key, and all tokens of all tenants end; with kEnd those
// of this tenant end in any case.
// kNotFound  no such tenant.
// kConflict  an administrator's token is valid: use it.
Result<TokenStore::Created> recover_administrator(Services& services, const std::string& tenant,
                                                  OldTokens old_tokens);

}  // namespace assent
