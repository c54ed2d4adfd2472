#pragma once

#include <string>
#include <string_view>

#include "audit/note.h"
#include "core/db.h"
#include "core/key_store.h"

namespace assent {

// The tenant's release key and its public form. The key's name is the origin of the tenant's log
// and
// "/release". Private but for release_verifier_key of release.h.
struct ReleaseSigner {
  std::string name;
  SigningKey key;
};
// kNotFound for an unknown tenant; kUnavailable when the safe is away.
Result<ReleaseSigner> release_signer(Tx& tx, KeyStore& keys);

// How a one-time link is stored: BLAKE2b-256 under the tenant's link key over release and secret.
Result<Hash32> link_hash(KeyStore& keys, TenantId tenant, ReleaseId release, ByteView secret);

}  // namespace assent
