#include "delivery_lock.h"

#include <utility>

namespace assent {
namespace {

constexpr StaticText kTake =
    "SELECT pg_try_advisory_lock(hashtextextended('delivery of ' || $1::uuid::text, 0))";
constexpr StaticText kRelease =
    "SELECT pg_advisory_unlock(hashtextextended('delivery of ' || $1::uuid::text, 0))";
// The lock is asked for of each streaming release and of no other: hence the wall between the two.
constexpr StaticText kAbandoned = R"sql(
  WITH streaming AS MATERIALIZED (
    SELECT release_id, token_ref FROM release WHERE tenant = $1 AND state = 1 ORDER BY release_id
  )
  SELECT release_id, token_ref FROM streaming
   WHERE pg_try_advisory_xact_lock(hashtextextended('delivery of ' || release_id::text, 0))
)sql";

DatabaseConfig one_session(DatabaseConfig config) {
  config.sessions = 1;
  return config;
}

}  // namespace

DeliveryLocks::DeliveryLocks(const Database& data)
    : holder_(one_session(data.config()), data.clock()) {}

Result<DeliveryLock> DeliveryLocks::take(TenantId tenant, ReleaseId release) {
  return in_tx(holder_, tenant, [&](Tx& tx) -> Result<DeliveryLock> {
    if (!tx.query(kTake, {release})[0].flag(0)) {
      return Error{ErrorCode::kConflict, "the release is being delivered"};
    }
    return DeliveryLock(*this, tenant, release);
  });
}

void DeliveryLocks::release(TenantId tenant, ReleaseId release) {
  // What cannot be let go is gone with its session.
  (void)in_tx(holder_, tenant, [&](Tx& tx) -> Status {
    tx.query(kRelease, {release});
    return Unit{};
  }).ok();
}

std::vector<DeliveryLocks::Abandoned> DeliveryLocks::abandoned(Tx& tx) {
  std::vector<Abandoned> all;
  const Rows rows = tx.query(kAbandoned, {tx.tenant()});
  for (const auto& row : rows) all.push_back({row.id<ReleaseId>(0), row.id<ActorRef>(1)});
  return all;
}

DeliveryLock::DeliveryLock(DeliveryLock&& other) noexcept
    : locks_(std::exchange(other.locks_, nullptr)),
      tenant_(other.tenant_),
      release_(other.release_) {}

DeliveryLock::~DeliveryLock() {
  if (locks_ == nullptr) return;
  try {
    locks_->release(tenant_, release_);
  } catch (const std::exception&) {  // A destructor must not throw.
  }
}

}  // namespace assent
