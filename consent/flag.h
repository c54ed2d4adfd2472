#pragma once

#include <optional>
#include <span>

#include "core/db.h"

namespace assent {

// What binds a record, and through it every record of its profile. The numbers are stored.
enum class RecordFlag : std::uint8_t {
  kRestriction = 1,  // Of processing, until a dispute is decided.
  kTermination = 2,  // The person demanded that processing ends.
  kLegalHold = 3,    // Must be kept; denies nothing by itself.
  kObjection = 4     // To direct marketing, by whatever way it reached us.
};

// Inside the caller's transaction, under its leaf (else DbError of class P0001). Thread-safe.
class RecordFlags {
 public:
  // From `since` until `end` (for good when empty). Setting it again with the same `since` changes
  // nothing. Told to the change feed.
  static void set(Tx& tx, EventId leaf, std::span<const RecordId> records, RecordFlag flag,
                  Timestamp since, std::optional<Timestamp> end = std::nullopt);
  // Ends what stands at tx.now(); answers how many flags that were.
  static std::size_t end(Tx& tx, EventId leaf, std::span<const RecordId> records, RecordFlag flag);
};

}  // namespace assent
