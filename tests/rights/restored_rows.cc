#include "tests/rights/restored_rows.h"

#include "audit/log_store.h"
#include "identity/profile_facts.h"
#include "rights/follower.h"

namespace assent {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(std::string(result.error().reason.view()));
  return std::move(*result);
}

// Every table of a tenant but the log's own, found in the catalogue: a new one takes part.
constexpr StaticText kEachTable = R"sql(
  CREATE OR REPLACE FUNCTION pg_temp.each_table(command text) RETURNS void LANGUAGE plpgsql AS $f$
  DECLARE one record;
  BEGIN
    FOR one IN
      SELECT c.relname,
             (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant'
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
         AND NOT c.relispartition AND c.relname NOT LIKE 'audit\_%' AND c.relname <> 'tenant'
    LOOP
      EXECUTE replace(replace(replace(command, '{table}', quote_ident(one.relname)), '{columns}',
                              one.columns), '{tenant}', current_setting('assent.tenant'));
    END LOOP;
  END $f$
)sql";
constexpr StaticText kKeep = R"sql(
  SELECT pg_temp.each_table('CREATE TABLE kept.{table} AS SELECT {columns} FROM public.{table}
                             WHERE tenant = ''{tenant}''')
)sql";
constexpr StaticText kBringBack = R"sql(
  SELECT pg_temp.each_table('DELETE FROM public.{table} WHERE tenant = ''{tenant}'';
    INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT * FROM kept.{table}')
)sql";

}  // namespace

RowsBackup::RowsBackup(RightsWorld& world)
    : world_(world), superuser_(TestClusters::instance().data("postgres"), world.clock) {
  world.run_log();
  Tx tx(superuser_, world_.tenant);
  log_size_ = LogStore(tx, world_.tenant).head().size;
  tx.exec("DROP SCHEMA IF EXISTS kept CASCADE");
  tx.exec("CREATE SCHEMA kept");
  tx.exec(kEachTable);
  tx.query(kKeep);
  tx.commit();
}

RowsBackup::~RowsBackup() = default;

void RowsBackup::bring_back() {
  must(DenialFollower(world_.data, world_.follower).run_once(world_.tenant));
  world_.run_log();
  Tx tx(superuser_, world_.tenant);
  tx.exec(kEachTable);
  tx.query(kBringBack);
  tx.exec("UPDATE audit_head SET rows_lost_from = $2 WHERE tenant = $1 AND size > $2",
          {world_.tenant, static_cast<std::int64_t>(log_size_)});
  tx.commit();
}

bool Restorer::is_whole() {
  return must(is_data_whole(world_.data, world_.sequencer, world_.follower));
}

RestorePlan Restorer::plan() {
  return must(restore().plan(world_.tenant));
}

std::size_t Restorer::run(FaultPoint at) {
  const DataRestore restoring = restore(std::move(at));
  const RestorePlan planned = plan();
  const std::size_t of_lost = must(restoring.replay(planned, world_.act, {}));
  must(restoring.erase_again(planned, world_.act));
  world_.finish_erasures();
  must(rebuild_all(world_.data, world_.tenant, *world_.permits, next_people, std::nullopt, {}));
  must(restoring.finish(planned, world_.act));
  world_.run_log();
  return of_lost;
}

}  // namespace assent
