#pragma once

#include <functional>
#include <iosfwd>

#include "core/key_store.h"
#include "core/rewrapper.h"

namespace assent {

struct RewrapBench {
  int rounds = 3;
  int keys = 200'000;
  int pgcrypto_rows = 50'000;
};

// What the bench works with; a round begins an epoch and burns the old one, so all it must be of an
// installation for benchmarks.
struct RewrapSides {
  Database& owner;  // The safe as assent_owner.
  KeyStore& keys;
  TenantId tenant;  // Nobody's: for the keys that are made and removed here.
  std::function<Status()> begin_epoch;
  std::function<Result<RewrapReport>()> rewrap;
  std::function<Status()> burn_epoch;
};

// Keys rewrapped a second, in turns with the limit (the same rows read and written back in the same
// batches, without any crypto) and with pgcrypto decrypting and encrypting as many in one
// statement. Prints the rates, the ratios and what follows for ten million keys. Answers an exit
// code.
int bench_rewrap(const RewrapSides& sides, const RewrapBench& bench, std::ostream& out);

}  // namespace assent
