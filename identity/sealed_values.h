#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "audit/removed_rows.h"
#include "batch_rows.h"
#include "core/db.h"
#include "core/sealed.h"

// Everything that is sealed under the keys for fields of some units. Where it stands comes from the
// catalogue of the database (migration data/0018), so that no column is forgotten; how a row of it
// is hashed, of a table whose rows are under leaves, must be known here.
namespace assent {

struct SealedValue {
  std::string relation;
  std::string column;
  Uuid unit;
  std::optional<std::uint16_t> field;  // None: a set of fields, which names them itself.
  Uuid row;
  Bytes bytes;
  KeyUse use;
  struct Seal {
    EventId leaf;
    std::int32_t position = 0;
    Hash32 row_hash{};
  };
  std::optional<Seal> seal;  // Of a row that stands under a leaf.
};

// Inside the caller's transaction, under the identity lock. Sets without a field are left out: they
// name no key. kCorrupt: a value that is no sealed one.
Result<std::vector<SealedValue>> sealed_values(Tx& tx, const std::vector<Uuid>& units);

// The rows under leaves in which the units' values stand, to be hashed with another value.
class SealedRows {
 public:
  SealedRows(Tx& tx, const std::vector<Uuid>& units);

  // What stands there now, for note_removed(), and what would with these bytes.
  // kCorrupt: a row of a table that nobody here knows how to hash.
  struct Exchange {
    RemovedRow removed;
    BatchRow added;
  };
  Result<Exchange> exchange(const SealedValue& value, const Bytes& bytes) const;

 private:
  using Row = std::variant<VersionRow, OrganisationRow, StoredReject>;
  std::map<std::pair<std::string, Uuid>, Row> rows_;  // By table and row id.
};

}  // namespace assent
