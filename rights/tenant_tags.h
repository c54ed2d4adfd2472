#pragma once

#include "core/key_store.h"
#include "core/tag.h"
#include "identity/search.h"

namespace assent {

// The tag maker of one tenant, for one call. kNotFound for a tenant without keys.
inline Result<TagMaker> tenant_tags(KeyStore& keys, TenantId tenant) {
  auto root = keys.tenant_key(tenant, TenantKey::kIndexRoot);
  if (!root.ok()) return root.error();
  auto suppression = keys.tenant_key(tenant, TenantKey::kSuppression);
  if (!suppression.ok()) return suppression.error();
  return TagMaker(*root, *std::move(suppression), index_ids());
}

}  // namespace assent
