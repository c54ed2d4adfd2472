#include "api/separation.h"

#include "identity/profile_facts.h"
#include "identity/record_fields.h"
#include "identity/resolver.h"

namespace assent {

Result<UnmergeOutcome> separate(Services& services, TenantId tenant, const Act& act,
                                RecordId record) {
  auto tools = services.tools.of(tenant);
  if (!tools.ok()) return tools.error();
  const FieldCatalogue& fields = services.catalogues->fields;
  Resolver resolver(services.keys, services.catalogues->names, linking_fields(fields),
                    services.random);
  return in_tx(services.data, tenant, [&](Tx& tx) -> Result<UnmergeOutcome> {
    lock_identity(tx);
    auto outcome = unmerge(tx, act, services.journal, resolver, record);
    if (!outcome.ok()) return outcome.error();
    auto refreshed = refresh_permits(tx, (*tools)->permits, outcome->changed, outcome->left);
    if (!refreshed.ok()) return refreshed.error();
    return outcome;
  });
}

std::string_view kind_name(std::uint16_t index_id) {
  switch (index_id) {
    case kPhoneIndex:
      return "phone";
    case kEmailIndex:
      return "email";
    case kCardIndex:
      return "card";
    default:
      return "person";
  }
}

}  // namespace assent
