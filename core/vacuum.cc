#include "core/vacuum.h"

namespace assent {
namespace {

// Without a name it takes what its role owns; index entries hold tags, so they go each time.
constexpr StaticText kVacuum = "VACUUM (INDEX_CLEANUP ON)";
constexpr StaticText kTables = R"sql(
  SELECT count(*), coalesce(sum(pg_stat_get_dead_tuples(oid)), 0)::bigint FROM pg_class
   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
     AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
)sql";
constexpr StaticText kLast = "SELECT begun_at FROM vacuum_run";
constexpr StaticText kNote = R"sql(
  INSERT INTO vacuum_run (begun_at) VALUES ($1)
  ON CONFLICT (only_row) DO UPDATE SET begun_at = greatest(vacuum_run.begun_at, excluded.begun_at)
)sql";

}  // namespace

Result<VacuumedTables> vacuum_tables(Database& owner) {
  if (auto done = owner.run_alone(kVacuum); !done.ok()) return done.error();
  return in_tx(owner, TenantId{}, [](Tx& tx) -> Result<VacuumedTables> {
    const Rows rows = tx.query(kTables);
    return VacuumedTables{rows[0].integer(0), rows[0].integer(1)};
  });
}

Result<std::optional<Timestamp>> last_vacuum(Database& safe) {
  return in_tx(safe, TenantId{}, [](Tx& tx) -> Result<std::optional<Timestamp>> {
    const Rows rows = tx.query(kLast);
    if (rows.empty()) return std::optional<Timestamp>();
    return std::optional(rows[0].time(0));
  });
}

Status note_vacuum(Database& safe_owner, Timestamp begun_at) {
  return in_tx(safe_owner, TenantId{}, [&](Tx& tx) -> Status {
    tx.exec(kNote, {begun_at});
    return Unit{};
  });
}

}  // namespace assent
