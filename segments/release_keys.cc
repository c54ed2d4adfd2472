#include "release_keys.h"

#include "core/digest.h"

namespace assent {

Result<ReleaseSigner> release_signer(Tx& tx, KeyStore& keys) {
  const Rows rows = tx.query("SELECT log_origin FROM tenant WHERE tenant = $1", {tx.tenant()});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such tenant"};
  auto seed = keys.tenant_key(tx.tenant(), TenantKey::kReleaseSigning);
  if (!seed.ok()) return seed.error();
  return ReleaseSigner{rows[0].text(0) + "/release", signing_key_from_seed(seed->bytes())};
}

Result<Hash32> link_hash(KeyStore& keys, TenantId tenant, ReleaseId release, ByteView secret) {
  auto key = keys.tenant_key(tenant, TenantKey::kReleaseLink);
  if (!key.ok()) return key.error();
  return blake2b_keyed(key->bytes(), release.view(), secret);
}

}  // namespace assent
