#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "api/services.h"
#include "rights/restore.h"

namespace assent {

// Whether nothing is left to be restored: what a start demands (rights/restore.h).
Result<bool> is_whole(Services& services);

struct RestoredRows {
  std::size_t denials = 0;
  std::size_t of_lost_records = 0;
  std::size_t erased = 0;
  std::size_t profiles = 0;
  std::size_t certificates_waiting = 0;
  EventId leaf;  // DATA_RESTORED of the installation's log.
};
using PlanShown = std::function<void(const Tenant&, const RestorePlan&)>;
// What is being done, how much of it, of how much (0: unknown).
using RestoreProgress =
    std::function<void(const std::string& what, std::uint64_t done, std::uint64_t all)>;

// All tenants: every plan is made and shown before anything is changed; then denials, erasures,
// permits, and the entries that say so. `only_plan` stops before. The errors of DataRestore;
// kUnavailable also while assent-key-destroyer does not answer.
Result<RestoredRows> restore_rows(Services& services, bool only_plan, const PlanShown& shown,
                                  const RestoreProgress& progress);

struct RestoredSafe {
  std::size_t keys = 0;          // Named for destruction: what the data says is erased.
  std::size_t tokens = 0;        // Revoked again by what the log says.
  std::size_t records_lost = 0;  // Younger than the backup: nothing opens them any more.
  EventId leaf;                  // SAFE_RESTORED.
};
// Of an older safe under today's data. kUnavailable a cluster is away; repeat it.
Result<RestoredSafe> restore_safe(Services& services);

// kCorrupt: the epoch was burned since, so that nobody can open the keys of this backup.
Status opens_with_todays_keyring(const Config& config, std::uint32_t epoch);

}  // namespace assent
