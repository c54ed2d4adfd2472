#pragma once

#include "core/db.h"

namespace assent {

// Benchmarks write and drop tables: only in a database that says of itself that it is for that
// (COMMENT ON DATABASE name IS 'bench'). kDenied for any other.
Status require_bench_database(Database& db);

}  // namespace assent
