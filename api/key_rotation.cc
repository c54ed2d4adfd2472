#include "api/key_rotation.h"

#include "api/installation.h"

namespace assent {
namespace {

constexpr StaticText kCounts = "SELECT key_purpose, suite, version, sealed FROM count_sealed()";
constexpr StaticText kReplaced = "SELECT count(*), min(replaced_at) FROM replaced_key";

}  // namespace

Resealer resealer(Services& services, const FaultPoint& at) {
  return Resealer(services.data, services.keys, services.journal, services.random, at);
}

Result<RotatedUnit> rotate_unit(Services& services, const Uuid& unit) {
  const auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  for (const Tenant& tenant : *tenants) {
    const auto done = resealer(services).rotate(tenant.id, installation_act(), unit);
    if (done.ok()) return RotatedUnit{tenant.id, *done};
    if (done.error().code != ErrorCode::kNotFound) return done.error();
  }
  return Error{ErrorCode::kNotFound, "no such record"};
}

Result<SealedState> sealed_state(Services& services, TenantId tenant) {
  return in_tx(services.data, tenant, [](Tx& tx) -> Result<SealedState> {
    tx.exec("SET LOCAL statement_timeout = '4h'");
    SealedState state;
    const Rows rows = tx.query(kCounts);
    for (const auto& row : rows) {
      state.values.push_back({static_cast<KeyPurpose>(row.integer(0)),
                              static_cast<std::uint8_t>(row.integer(1)),
                              static_cast<std::uint32_t>(row.integer(2)), row.integer(3)});
    }
    const Rows replaced = tx.query(kReplaced);
    state.replaced = {replaced[0].integer(0), replaced[0].optional(1, &Rows::Row::time)};
    return state;
  });
}

}  // namespace assent
