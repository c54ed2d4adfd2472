#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "core/db.h"
#include "core/key_slab.h"
#include "core/plaintext.h"

namespace assent {

// A token as it is listed: never the secret itself.
struct TokenInfo {
  Uuid id;
  TenantId tenant;
  std::string name;
  ActorRef actor;
  std::string role;
  std::vector<std::string> scopes;  // Actions it is limited to; empty means all of its role.
  Timestamp created_at;
  Timestamp expires_at;
  std::optional<Timestamp> revoked_at;
  std::optional<Timestamp> last_used_at;
  bool acts_for_others = false;  // It may say on whose behalf it calls.
};

struct NewToken {
  std::string name;
  std::string role;
  std::vector<std::string> scopes;
  Timestamp expires_at;
  bool acts_for_others = false;
};

// Tokens live in the safe, as BLAKE2b under a key that is in no database: "assent_" and 256 random
// bits in base64url. Thread-safe.
class TokenStore {
 public:
  // All must outlive the store. `data` takes the leaf, which commits first: a token that exists has
  // been logged.
  TokenStore(Database& safe, Database& data, Journal& journal, KeptKey token_key, Random& random)
      : safe_(safe), data_(data), journal_(journal), key_(std::move(token_key)), random_(random) {}

  struct Created {
    TokenInfo info;
    Plaintext secret;  // Shown once.
    EventId leaf;
  };
  Result<Created> create(TenantId tenant, const Act& act, const NewToken& token);
  Result<std::vector<TokenInfo>> list(TenantId tenant);
  // kNotFound for another tenant's or no token; repeating it is no error. kConflict for the last
  // valid token that may make others: without it nobody could. Answers the leaf.
  Result<EventId> revoke(TenantId tenant, const Act& act, const Uuid& id);
  // kUnauthenticated for anything that is no token, is revoked or has ended: one answer for all.
  Result<TokenInfo> authenticate(std::string_view secret);
  // Ends every token of the tenant, the last one too. Answers how many.
  Result<std::int64_t> revoke_all(TenantId tenant, const Act& act);
  // Whether the tenant has a valid token that may make others.
  Result<bool> has_administrator(TenantId tenant);
  // Whether any token of any tenant exists.
  Result<bool> is_empty();

  // The key is known again by a check value that the first token leaves in the safe.
  // kCorrupt  the tokens were made under another key: this one knows none of them.
  Status check_key();
  // From now on this is the key. The tokens of the other one are dead.
  Status adopt_key();

 private:
  Hash32 key_check() const;

  Database& safe_;
  Database& data_;
  Journal& journal_;
  KeptKey key_;
  Random& random_;
};

}  // namespace assent
