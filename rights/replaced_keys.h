#pragma once

#include "core/fault_point.h"
#include "rights/rights_services.h"

namespace assent {

struct ReplacedReport {
  std::size_t units = 0;  // Whose replaced versions ended,
  std::size_t keys = 0;   // and how many versions these were.
};

// Destroys versions of keys that Resealer has replaced, when the term of policies/retention.yaml is
// over (`replaced_key`: while a backup of the data from before may be restored, its values name
// them; without a term never). What came under an old version in between is sealed anew first. No
// tombstone is left, for the unit lives on. Named in the data, destroyed in the safe, told in the
// log (RECORD_KEYS_ROTATED of object kind key), in this order: whoever dies between is continued by
// the next round. Thread-safe. Source: data-protection 7; decisions/0035.
class ReplacedKeys {
 public:
  static constexpr std::size_t kBatchMax = 1'000;
  static constexpr StaticText kFaultPoints[] = {"replaced.named", "replaced.destroyed",
                                                "replaced.told"};

  explicit ReplacedKeys(
      const RightsServices& services, FaultPoint at = [](StaticText) {})
      : services_(services), at_(std::move(at)) {}

  // Everything that is due in one tenant. kUnavailable: a cluster is away.
  Result<ReplacedReport> run_once(TenantId tenant) const;

 private:
  struct Due;
  Status finish_named(TenantId tenant, ReplacedReport& report) const;
  // False: nothing more is due, or can be named.
  Result<bool> name_due(TenantId tenant) const;
  Result<Due> still_needed(TenantId tenant, const Due& due) const;

  RightsServices services_;
  FaultPoint at_;
};

}  // namespace assent
