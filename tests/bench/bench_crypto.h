#pragma once

#include <iosfwd>

#include "core/db.h"

namespace assent {

struct CryptoBench {
  int rounds = 5;
  int fields = 100'000;
  int slow_rows = 2'000;  // Of pgcrypto's default, which stretches the password each time.
  int fast_rows = 50'000;
};

// What a read costs (unwrap the record's key, derive, open), of one field and of a record's eight,
// beside pgcrypto reading as many in one PostgreSQL backend, in turns. `owner` connects as the
// owner of a database whose comment is "bench". Prints both sides and the ratio. Answers an exit
// code.
int bench_crypto(Database& owner, const CryptoBench& bench, std::ostream& out);

}  // namespace assent
