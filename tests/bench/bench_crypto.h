#pragma once

#include <iosfwd>

#include "core/db.h"

namespace assent {

// Sealing and opening one field of 32 bytes (unwrap the key, derive, open: what a read costs), beside
// pgcrypto doing the same in one PostgreSQL backend of the same machine in the same run. `owner`
// connects as the owner of a database whose comment is "bench". Prints both sides and the ratio.
// Answers an exit code.
int bench_crypto(Database& owner, std::ostream& out);

}  // namespace assent
