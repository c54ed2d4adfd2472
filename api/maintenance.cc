#include "api/maintenance.h"

#include "api/installation.h"
#include "core/key_epochs.h"
#include "core/vacuum.h"

namespace assent {
namespace {

// Of a large table VACUUM takes hours, and nobody waits for it.
DatabaseConfig owner_of(const DatabaseConfig& cluster) {
  DatabaseConfig config = as_role(cluster, "assent_owner", 1);
  config.statement_timeout = std::chrono::hours(24);
  return config;
}

Result<EventId> log_vacuum(Services& services, std::int64_t tables) {
  return in_tx(services.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf = leaf_of(installation_act(), AuditEvent::kTablesVacuumed);
    leaf.result_count = static_cast<std::uint32_t>(tables);
    return services.journal.append(tx, leaf);
  });
}

}  // namespace

Result<VacuumReport> vacuum_clusters(Services& services,
                                     const std::function<void(StaticText)>& told) {
  Database data(owner_of(services.config.data), services.clock);
  Database safe(owner_of(services.config.safe), services.clock);
  const Timestamp begun_at = services.clock.now();
  VacuumReport report;
  // The safe first: an epoch waits for it.
  for (const auto& [cluster, name] : {std::pair<Database&, StaticText>(safe, StaticText("safe")),
                                      std::pair<Database&, StaticText>(data, StaticText("data"))}) {
    told(name);
    const auto done = vacuum_tables(cluster);
    if (!done.ok()) return done.error();
    report.tables += done->tables;
    report.rows_left += done->rows_left;
  }
  const auto leaf = log_vacuum(services, report.tables);
  if (!leaf.ok()) return leaf.error();
  report.leaf = *leaf;
  if (auto noted = note_vacuum(safe, begun_at); !noted.ok()) return noted.error();
  return report;
}

Result<bool> is_vacuum_overdue(Services& services) {
  const auto last = last_vacuum(services.safe);
  if (!last.ok()) return last.error();
  const auto epochs = KeyEpochs(services.rewrapping).all();
  if (!epochs.ok()) return epochs.error();
  // A safe that has seen none yet counts from its own beginning.
  const Timestamp since = last->value_or(epochs->front().begun_at);
  return services.clock.now().us - since.us > kVacuumDaysMax * kDayUs;
}

}  // namespace assent
