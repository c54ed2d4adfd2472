#pragma once

#include "core/fault_point.h"
#include "rights/rights_services.h"

namespace assent {

struct ReplacedReport {
  std::size_t units = 0;    // Whose replaced versions ended,
  std::size_t keys = 0;     // and how many versions these were.
  std::size_t waiting = 0;  // Acts that assent-key-destroyer has not done yet.
};

// Destroys versions of keys that Resealer has replaced, when the term of policies/retention.yaml is
// over (`replaced_key`: while a backup of the data from before may be restored, its values name
// them; without a term never). What came under an old version in between is sealed anew first. No
// tombstone is left, for the unit lives on. Named in the data, destroyed in the safe, told in the
// log (RECORD_KEYS_ROTATED of object kind key), in this order: whoever dies between is continued by
// the next round. KeyDestroyer does the second, as a process of its own. Thread-safe. Source:
// data-protection 7; decisions/0035.
class ReplacedKeys {
 public:
  static constexpr std::size_t kBatchMax = 1'000;
  static constexpr StaticText kFaultPoints[] = {"replaced.named", "replaced.destroyed",
                                                "replaced.told"};

  explicit ReplacedKeys(
      const RightsServices& services, FaultPoint at = [](StaticText) {})
      : services_(services), at_(std::move(at)) {}

  // Everything that is due in one tenant is named. kUnavailable: a cluster is away.
  Status name_due(TenantId tenant) const;
  // Tells of what is destroyed by now. kUnavailable as above.
  Result<ReplacedReport> finish(TenantId tenant) const;

 private:
  struct Due;
  // False: nothing more is due, or can be named.
  Result<bool> name_batch(TenantId tenant) const;
  Status tell(TenantId tenant, const Uuid& act, std::int64_t keys, const Hash32& hash) const;
  Result<Due> still_needed(TenantId tenant, const Due& due) const;

  RightsServices services_;
  FaultPoint at_;
};

}  // namespace assent
