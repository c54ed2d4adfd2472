#include "api/token.h"

#include <algorithm>

#include "api/words.h"
#include "core/digest.h"

namespace assent {
namespace {

constexpr std::string_view kPrefix = "assent_";
constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kLastUsedStepUs = 60 * kSecondUs;  // One write a minute is enough.

constexpr StaticText kInsert = R"sql(
  INSERT INTO token (tenant, token_id, name, token_hash, actor_ref, role, scopes, created_at,
                     expires_at, acts_for_others)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql";

constexpr StaticText kSelectByHash = R"sql(
  SELECT token_id, tenant, name, actor_ref, role, array_to_string(scopes, ' '), created_at,
         expires_at, revoked_at, last_used_at, acts_for_others
    FROM token WHERE token_hash = $1
)sql";

constexpr StaticText kSelectByTenant = R"sql(
  SELECT token_id, tenant, name, actor_ref, role, array_to_string(scopes, ' '), created_at,
         expires_at, revoked_at, last_used_at, acts_for_others
    FROM token WHERE tenant = $1 ORDER BY created_at, token_id
)sql";

// A token that may make others, so that somebody always can.
constexpr StaticText kAdministrators = R"sql(
  SELECT token_id FROM token
   WHERE tenant = $1 AND role = 'administrator' AND revoked_at IS NULL AND expires_at > $2
     AND (cardinality(scopes) = 0 OR 'token.create' = ANY (scopes))
   ORDER BY token_id FOR UPDATE
)sql";

constexpr StaticText kFirstKey = R"sql(
  INSERT INTO token_key_check (key_check, made_at) VALUES ($1, $2) ON CONFLICT DO NOTHING
)sql";
constexpr StaticText kAdoptKey = R"sql(
  INSERT INTO token_key_check (key_check, made_at) VALUES ($1, $2)
  ON CONFLICT (only_row) DO UPDATE SET key_check = excluded.key_check, made_at = excluded.made_at
)sql";
constexpr std::string_view kKeyCheck = "assent.token_key_check.v1";

TokenInfo info_of(const Rows::Row& row) {
  return {row.uuid(0),
          row.id<TenantId>(1),
          row.text(2),
          row.id<ActorRef>(3),
          row.text(4),
          words(row.text(5)),
          row.time(6),
          row.time(7),
          row.optional(8, &Rows::Row::time),
          row.optional(9, &Rows::Row::time),
          row.flag(10)};
}

Leaf token_leaf(const Act& act, AuditEvent event, const Uuid& id) {
  Leaf leaf = leaf_of(act, event);
  leaf.object_kind = ObjectKind::kToken;
  leaf.object = id;
  return leaf;
}

}  // namespace

Result<TokenStore::Created> TokenStore::create(TenantId tenant, const Act& act,
                                               const NewToken& token) {
  Bytes bytes(kSecretBytes);
  random_.fill(bytes);
  std::string secret = std::string(kPrefix) + to_base64url(bytes);
  wipe(bytes.data(), bytes.size());
  TokenInfo info{Uuid::v4(random_),
                 tenant,
                 token.name,
                 {Uuid::v4(random_)},
                 token.role,
                 token.scopes,
                 safe_.clock().now(),
                 token.expires_at,
                 {},
                 {},
                 token.acts_for_others};
  auto logged = in_tx(data_, tenant, [&](Tx& tx) -> Result<EventId> {
    return journal_.append(tx, token_leaf(act, AuditEvent::kTokenCreated, info.id));
  });
  if (!logged.ok()) return logged.error();
  auto stored = in_tx(safe_, tenant, [&](Tx& tx) -> Status {
    tx.exec(kFirstKey, {key_check(), tx.now()});
    tx.exec(kInsert, {tenant, info.id, info.name, blake2b_keyed(key_->bytes(), as_bytes(secret)),
                      info.actor, info.role, Param::array(info.scopes), info.created_at,
                      info.expires_at, info.acts_for_others});
    return Unit{};
  });
  if (!stored.ok()) return stored.error();
  Created created{std::move(info), Plaintext(secret), *logged};
  wipe(secret.data(), secret.size());
  return created;
}

Result<std::vector<TokenInfo>> TokenStore::list(TenantId tenant) {
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::vector<TokenInfo>> {
    std::vector<TokenInfo> tokens;
    const Rows rows = tx.query(kSelectByTenant, {tenant});
    for (const auto& row : rows) tokens.push_back(info_of(row));
    return tokens;
  });
}

// Revoking commits in the safe first: from then on the token is dead, whatever the log says.
Result<EventId> TokenStore::revoke(TenantId tenant, const Act& act, const Uuid& id) {
  auto revoked = in_tx(safe_, tenant, [&](Tx& tx) -> Status {
    const Rows administrators = tx.query(kAdministrators, {tenant, tx.now()});
    if (administrators.size() == 1 && administrators[0].uuid(0) == id) {
      return Error{ErrorCode::kConflict,
                   "the last administrator's token is not revoked: create another one first"};
    }
    const auto touched = tx.exec(
        "UPDATE token SET revoked_at = coalesce(revoked_at, $3) WHERE tenant = $1 AND token_id = "
        "$2",
        {tenant, id, tx.now()});
    if (touched == 0) return Error{ErrorCode::kNotFound, "no such token"};
    return Unit{};
  });
  if (!revoked.ok()) return revoked.error();
  return in_tx(data_, tenant, [&](Tx& tx) -> Result<EventId> {
    return journal_.append(tx, token_leaf(act, AuditEvent::kTokenRevoked, id));
  });
}

Result<std::int64_t> TokenStore::revoke_all(TenantId tenant, const Act& act) {
  auto revoked = in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::int64_t> {
    return tx.exec("UPDATE token SET revoked_at = $2 WHERE tenant = $1 AND revoked_at IS NULL",
                   {tenant, tx.now()});
  });
  if (!revoked.ok()) return revoked;
  auto logged = in_tx(data_, tenant, [&](Tx& tx) -> Status {
    Leaf leaf = token_leaf(act, AuditEvent::kTokenRevoked, {});
    leaf.result_count = static_cast<std::uint32_t>(*revoked);
    journal_.append(tx, leaf);
    return Unit{};
  });
  if (!logged.ok()) return logged.error();
  return revoked;
}

Result<bool> TokenStore::has_administrator(TenantId tenant) {
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<bool> {
    return !tx.query(kAdministrators, {tenant, tx.now()}).empty();
  });
}

Hash32 TokenStore::key_check() const {
  return blake2b_keyed(key_->bytes(), as_bytes(kKeyCheck));
}

Status TokenStore::check_key() {
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Status {
    const Rows rows = tx.query("SELECT key_check FROM token_key_check");
    if (rows.empty() || equal_constant_time(rows[0].hash(0), key_check())) return Unit{};
    return Error{ErrorCode::kCorrupt, "the tokens were made under another token key"};
  });
}

Status TokenStore::adopt_key() {
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Status {
    tx.exec(kAdoptKey, {key_check(), tx.now()});
    return Unit{};
  });
}

Result<TokenInfo> TokenStore::authenticate(std::string_view secret) {
  const Error refused{ErrorCode::kUnauthenticated, "a valid token is needed"};
  if (!secret.starts_with(kPrefix) || secret.size() > 128) return refused;
  const Hash32 hash = blake2b_keyed(key_->bytes(), as_bytes(secret));
  return in_tx(safe_, TenantId{}, [&](Tx& tx) -> Result<TokenInfo> {
    const Rows rows = tx.query(kSelectByHash, {hash});
    if (rows.empty()) return refused;
    TokenInfo info = info_of(rows[0]);
    if (info.revoked_at || info.expires_at <= tx.now()) return refused;
    if (!info.last_used_at || tx.now().us - info.last_used_at->us > kLastUsedStepUs) {
      tx.exec("SELECT set_config('assent.tenant', $1, true)", {info.tenant.text()});
      tx.exec("UPDATE token SET last_used_at = $3 WHERE tenant = $1 AND token_id = $2",
              {info.tenant, info.id, tx.now()});
    }
    return info;
  });
}

Result<bool> TokenStore::is_empty() {
  return in_tx(safe_, TenantId{}, [](Tx& tx) -> Result<bool> {
    return tx.query("SELECT 1 FROM token LIMIT 1").empty();
  });
}

}  // namespace assent
