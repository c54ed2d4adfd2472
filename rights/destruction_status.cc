#include "rights/destruction_status.h"

#include <algorithm>
#include <map>

namespace assent {
namespace {

constexpr StaticText kNamed =
    "SELECT request_id, count(*), min(asked_at) FROM pending_shred GROUP BY request_id";
constexpr StaticText kDone = R"sql(
  SELECT act, count(*) FROM destruction WHERE tenant = $1 AND act = ANY($2::uuid[]) GROUP BY act
)sql";

struct NamedAct {
  std::int64_t units = 0;
  Timestamp asked_at;
};

}  // namespace

Result<DestructionStatus> destruction_status(const RightsServices& services, TenantId tenant) {
  using Acts = std::map<Uuid, NamedAct>;
  auto acts = in_tx(services.data, tenant, [](Tx& tx) -> Result<Acts> {
    Acts named;
    const Rows rows = tx.query(kNamed);
    for (const auto& row : rows) named[row.uuid(0)] = {row.integer(1), row.time(2)};
    return named;
  });
  if (!acts.ok()) return acts.error();
  std::vector<Uuid> ids;
  for (const auto& [act, named] : *acts) ids.push_back(act);
  const auto counted = in_tx(services.safe, tenant, [&](Tx& tx) -> Status {
    const Rows rows = tx.query(kDone, {tenant, Param::array(ids)});
    for (const auto& row : rows) (*acts)[row.uuid(0)].units -= row.integer(1);
    return Unit{};
  });
  if (!counted.ok()) return counted.error();
  DestructionStatus status;
  for (const auto& [act, named] : *acts) {
    if (named.units <= 0) continue;
    status.waiting += static_cast<std::uint64_t>(named.units);
    status.since = std::min(status.since.value_or(named.asked_at), named.asked_at);
  }
  return status;
}

}  // namespace assent
