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
  auto tags = keys_.tags(tenant, index_ids());
  if (!tags.ok()) return tags.error();
  return std::shared_ptr<const TenantTools>(new TenantTools{
      std::move(*tags), PermitDeriver(catalogues_.policies, std::move(*controller))});
}

}  // namespace assent
