#pragma once

#include "core/db.h"

namespace assent {

// Makes the database of a test one that benchmarks may use, or no longer.
void mark_bench(Database& owner);
void unmark_bench(Database& owner);

}  // namespace assent
