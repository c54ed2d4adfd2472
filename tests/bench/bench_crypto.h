#pragma once

#include <iosfwd>

#include "core/db.h"

namespace assent {

struct CryptoBench {
  int fields = 100'000;
  int slow_rows = 5'000;  // Of pgcrypto's default, which stretches the password each time.
  int fast_rows = 50'000;
};

// Sealing and opening one field of 32 bytes (unwrap the key, derive, open: what a read costs),
// beside pgcrypto doing the same in one PostgreSQL backend of the same machine in the same run.
// `owner` connects as the owner of a database whose comment is "bench". Prints both sides and the
// ratio. Answers an exit code.
int bench_crypto(Database& owner, const CryptoBench& bench, std::ostream& out);

}  // namespace assent
