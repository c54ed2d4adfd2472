#include "tests/bench/mark.h"

#include <stdexcept>

namespace assent {
namespace {

void comment(Database& owner, StaticText statement) {
  auto done = in_tx(owner, TenantId{}, [&](Tx& tx) -> Status {
    tx.exec(statement);
    return Unit{};
  });
  if (!done.ok()) throw std::runtime_error("the database cannot be marked");
}

}  // namespace

void mark_bench(Database& owner) {
  comment(owner,
          "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''bench''', current_database()); "
          "END $$");
}

void unmark_bench(Database& owner) {
  comment(owner,
          "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database()); "
          "END $$");
}

}  // namespace assent
