#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>

#include "audit/act.h"
#include "core/db.h"
#include "identity/importer.h"

namespace assent {

struct ImportBench {
  std::size_t rows = 100'000;
  const Mapping* contacts = nullptr;  // The mapping `contacts`.
  TenantId tenant;                    // Its own, and empty.
  Act act;
};

// Contacts a second of a generated file through the whole import (keys, sealed fields, tags, links,
// consents, permits, leaves), beside a bare binary COPY of every row that it leaves behind into
// tables with the same indexes, in both clusters, in the same run. Prints both sides, the ratio and
// the peak of memory. `owner` and `safe_owner` connect as owners of databases marked "bench"
// (bench_database.h); psql must be installed; `scratch` takes the file and the copied rows. Makes
// and drops the tables bench_copy_*. 0 done; 1 refused or failed.
int bench_import(ImportServices services, Database& owner, Database& safe_owner,
                 const std::filesystem::path& scratch, const ImportBench& bench, std::ostream& out);

}  // namespace assent
