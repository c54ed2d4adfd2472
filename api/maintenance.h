#pragma once

#include <functional>

#include "api/services.h"

namespace assent {

// How old the last VACUUM of both clusters may be before the program warns.
inline constexpr std::int64_t kVacuumDaysMax = 2;

struct VacuumReport {
  std::int64_t tables = 0;     // Of both clusters.
  std::int64_t rows_left = 0;  // Dead ones that some transaction still sees: the next time's.
  EventId leaf;                // TABLES_VACUUMED, of the installation's log.
};

// VACUUM of every table of both clusters, as their owner; told in the log, then noted in the safe.
// Beside whatever runs; may be repeated after a death at any point. `told` is called with the name
// of each cluster before it. kUnavailable  a cluster is away. decisions/0033.
Result<VacuumReport> vacuum_clusters(
    Services& services, const std::function<void(StaticText)>& told = [](StaticText) {});

// Whether the last one, or the beginning of a safe that has seen none, is older than
// kVacuumDaysMax.
Result<bool> is_vacuum_overdue(Services& services);

}  // namespace assent
