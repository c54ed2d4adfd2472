#include "core/vacuum.h"

#include <map>
#include <string>
#include <vector>

namespace assent {
namespace {

// Index entries hold tags, so they go each time. Names are PostgreSQL's own, quoted by it.
constexpr StaticText kTables = R"sql(
  SELECT format('VACUUM (INDEX_CLEANUP ON) %I.%I', n.nspname, c.relname), c.oid::bigint
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND n.nspname = 'public'
     AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
)sql";
constexpr StaticText kDead =
    "SELECT coalesce(sum(pg_stat_get_dead_tuples(t::oid)), 0)::bigint FROM unnest($1::bigint[]) t";
constexpr StaticText kLast = "SELECT begun_at FROM vacuum_run";
constexpr StaticText kNote = R"sql(
  INSERT INTO vacuum_run (begun_at) VALUES ($1)
  ON CONFLICT (only_row) DO UPDATE SET begun_at = greatest(vacuum_run.begun_at, excluded.begun_at)
)sql";

}  // namespace

Result<VacuumedTables> vacuum_tables(Database& owner) {
  using Statements = std::map<std::int64_t, std::string>;  // By table.
  const auto statements = in_tx(owner, TenantId{}, [](Tx& tx) -> Result<Statements> {
    Statements of_tables;
    const Rows rows = tx.query(kTables);
    for (const auto& row : rows) of_tables.emplace(row.integer(1), row.text(0));
    return of_tables;
  });
  if (!statements.ok()) return statements.error();
  std::vector<std::int64_t> tables;
  for (const auto& [table, statement] : *statements) {
    if (auto done = owner.run_alone(statement); !done.ok()) return done.error();
    tables.push_back(table);
  }
  return in_tx(owner, TenantId{}, [&](Tx& tx) -> Result<VacuumedTables> {
    const Rows dead = tx.query(kDead, {Param::array(tables)});
    return VacuumedTables{static_cast<std::int64_t>(tables.size()), dead[0].integer(0)};
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
