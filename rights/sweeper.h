#pragma once

#include <optional>
#include <vector>

#include "core/fault_point.h"
#include "rights/rights_services.h"

namespace assent {

struct SweepReport {
  std::size_t rejected = 0;  // Rejected rows that went: their 30 days were over.
  std::size_t orphans = 0;   // Units whose keys went: nothing in the data needed them.
  std::size_t waiting = 0;   // Units whose keys assent-key-destroyer is still to destroy.
};

// Ends what has outlived its time: rejected rows after their 30 days, and keys that a crash between
// the two commits of a creation left behind (decisions.md 2). Names them first, each batch as an
// act of its own; goes on when their keys are destroyed. Idempotent; thread-safe.
class KeySweeper {
 public:
  static constexpr std::int64_t kOrphanAgeUs = kDayUs;
  static constexpr std::size_t kBatchMax = 1'000;
  static constexpr StaticText kFaultPoints[] = {"sweep.named", "sweep.keys_gone", "sweep.finished"};

  explicit KeySweeper(
      const RightsServices& services, FaultPoint at = [](StaticText) {})
      : services_(services), at_(std::move(at)) {}

  // Names everything that is due in one tenant. Reads every key of it.
  // kUnavailable  a cluster is away; the next call names the rest.
  Status name_due(TenantId tenant) const;
  // Finishes what was named and whose keys are gone: leaf KEY_DESTROYED of the act, its object; for
  // rejected rows also ERASURE_COMPLETED, which seals what is left of them. Cheap while nothing is
  // named. kUnavailable as above.
  Result<SweepReport> finish(TenantId tenant) const;

 private:
  struct Named;
  Result<std::vector<Named>> named(TenantId tenant) const;
  Status name_rejected(TenantId tenant) const;
  Status name_orphans(TenantId tenant) const;
  Status finish(Tx& tx, const Named& sweep) const;

  RightsServices services_;
  FaultPoint at_;
};

}  // namespace assent
