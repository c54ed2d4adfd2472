#include "tests/bench/bench_database.h"

namespace assent {

Status require_bench_database(Database& db) {
  return in_tx(db, TenantId{}, [](Tx& tx) -> Status {
    const Rows rows = tx.query(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') = 'bench' FROM pg_database "
        "WHERE datname = current_database()");
    if (!rows[0].flag(0)) {
      return Error{ErrorCode::kDenied,
                   "this database is not for benchmarks: mark one with COMMENT ON DATABASE name IS "
                   "'bench' (scripts/bench does)"};
    }
    return Unit{};
  });
}

}  // namespace assent
