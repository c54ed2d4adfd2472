#pragma once

#include "core/db.h"
#include "core/id.h"

namespace assent {

class DeliveryLock;

// Who is delivering a release, as a lock of a database session that does nothing else: it ends with
// the program, however that ends, and so tells a delivery that goes on from one whose program died.
// Thread-safe; must outlive its locks.
class DeliveryLocks {
 public:
  explicit DeliveryLocks(const Database& data);

  // To be taken before the commit that says that the release is being delivered.
  // kConflict     another program delivers it, or is aborting it.
  // kUnavailable  the database is away.
  Result<DeliveryLock> take(TenantId tenant, ReleaseId release);

  struct Abandoned {
    ReleaseId release;
    ActorRef asked_by;  // The token that asked for it.
  };
  // Those of the `tenant`'s releases in state streaming that no living program delivers. None of
  // them begins to be delivered again before `tx` ends.
  static std::vector<Abandoned> abandoned(Tx& tx);

 private:
  friend class DeliveryLock;
  void release(TenantId tenant, ReleaseId release);
  Database holder_;
};

// Held while it lives, unless the session is lost. Move-only.
class DeliveryLock {
 public:
  DeliveryLock(DeliveryLock&& other) noexcept;
  DeliveryLock& operator=(DeliveryLock&&) = delete;
  ~DeliveryLock();

 private:
  friend class DeliveryLocks;
  DeliveryLock(DeliveryLocks& locks, TenantId tenant, ReleaseId release)
      : locks_(&locks), tenant_(tenant), release_(release) {}
  DeliveryLocks* locks_;
  TenantId tenant_;
  ReleaseId release_;
};

}  // namespace assent
