#include "api/import_file.h"

#include "identity/source.h"

namespace assent {
namespace {

Result<const Mapping*> mapping_of(Services& services, TenantId tenant, const ImportOrder& order) {
  std::string name = order.mapping;
  if (name.empty()) {
    auto known = in_tx(services.data, tenant, [&](Tx& tx) -> Result<std::string> {
      const auto source = find_source(tx, order.source);
      if (!source) return Error{ErrorCode::kInvalid, "the source is new: name its mapping"};
      return source->mapping;
    });
    if (!known.ok()) return known.error();
    name = std::move(*known);
  }
  const Mapping* mapping = find_mapping(services.catalogues->mappings, name);
  if (mapping == nullptr) {
    return Error{ErrorCode::kInvalid, "no such mapping: policies/sources holds them"};
  }
  return mapping;
}

}  // namespace

Result<ImportReport> import_file(Services& services, TenantId tenant, const Act& act,
                                 const ImportOrder& order,
                                 const std::function<void(const ImportProgress&)>& on_progress,
                                 const std::atomic<bool>& stop) {
  auto mapping = mapping_of(services, tenant, order);
  if (!mapping.ok()) return mapping.error();
  auto tools = services.tools.of(tenant);
  if (!tools.ok()) return tools.error();
  const Catalogues& catalogues = *services.catalogues;
  Importer importer({services.data, services.keys, services.journal, services.random,
                     catalogues.fields, catalogues.places, catalogues.blocked, catalogues.names,
                     (*tools)->permits});
  return importer.run(tenant, act, {order.source, *mapping, order.file, order.customers_of},
                      on_progress, stop);
}

}  // namespace assent
