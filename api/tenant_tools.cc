#include "api/tenant_tools.h"

#include "identity/search.h"

namespace assent {

Result<std::shared_ptr<const TenantTools>> TenantToolbox::of(TenantId tenant) {
  const std::lock_guard lock(mutex_);
  if (const auto found = made_.find(tenant); found != made_.end()) return found->second;
  auto tools = make(tenant);
  if (tools.ok()) made_.emplace(tenant, *tools);
  return tools;
}

Result<std::shared_ptr<const TenantTools>> TenantToolbox::make(TenantId tenant) {
  auto controller =
      in_tx(data_, tenant, [&](Tx& tx) { return load_operator(tx, database_country_); });
  if (!controller.ok()) return controller.error();
  auto index_root = keys_.tenant_key(tenant, TenantKey::kIndexRoot);
  if (!index_root.ok()) return index_root.error();
  auto suppression = keys_.tenant_key(tenant, TenantKey::kSuppression);
  if (!suppression.ok()) return suppression.error();
  return std::shared_ptr<const TenantTools>(
      new TenantTools{TagMaker(*index_root, std::move(*suppression), index_ids()),
                      PermitDeriver(catalogues_.policies, std::move(*controller))});
}

}  // namespace assent
