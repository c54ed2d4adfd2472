#pragma once

#include <optional>

#include "rights/erase_worker.h"

namespace assent {

struct SweepReport {
  std::size_t rejected = 0;  // Rejected rows whose 30 days were over.
  std::size_t orphans = 0;   // Units whose keys nothing in the data needed.
};

// Destroys keys whose time is over: of rejected rows after their 30 days, and those that a crash
// between the two commits of a creation left behind (decisions.md 2). Idempotent; thread-safe.
class KeySweeper {
 public:
  static constexpr std::int64_t kOrphanAgeUs = kDayUs;
  static constexpr std::size_t kBatchMax = 1'000;
  static constexpr StaticText kFaultPoints[] = {"sweep.rejected_keys", "sweep.orphans_named",
                                                "sweep.orphan_keys"};

  explicit KeySweeper(
      const RightsServices& services, FaultPoint at = [](StaticText) {})
      : services_(services), at_(std::move(at)) {}

  // Everything that is due in one tenant. One leaf KEY_DESTROYED a batch.
  // kUnavailable  a cluster is away; what was begun is finished by the next call.
  Result<SweepReport> run_once(TenantId tenant) const;

 private:
  Result<std::size_t> sweep_rejected(TenantId tenant) const;
  Result<std::size_t> finish_orphans(TenantId tenant) const;
  // Names the next orphans after `after`, moves it on; nullopt at the end of the keys.
  Result<bool> name_orphans(TenantId tenant, Uuid& after) const;

  RightsServices services_;
  FaultPoint at_;
};

}  // namespace assent
