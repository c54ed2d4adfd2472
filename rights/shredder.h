#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/db.h"
#include "core/sealed.h"

namespace assent {

// What is left of the keys of a record, rejected row or the like.
struct DestroyedKeys {
  Uuid unit;
  std::vector<Hash32> commitments;  // One a key, by purpose and version; none when it had no key.
  std::optional<std::uint32_t> epoch;  // The newest that wrapped one of them.
};

// Destroys keys. Stands on the one role that may delete from the key table. Thread-safe.
class Shredder {
 public:
  // `key_destroyer` is the safe as assent_key_destroyer and must outlive the shredder.
  explicit Shredder(Database& key_destroyer) : safe_(key_destroyer) {}

  // The units' keys of these purposes go, and a tombstone with their commitments comes, in one
  // commit. Answers the tombstones by unit; a unit that has one already is left as it is, so the
  // call may be repeated until it is answered. kUnavailable the safe is away.
  Result<std::vector<DestroyedKeys>> destroy(TenantId tenant, const std::vector<Uuid>& units,
                                             const std::vector<KeyPurpose>& purposes) const;

  // How many of the units have evidence of consent under a key.
  Result<std::size_t> evidence_kept(TenantId tenant, const std::vector<Uuid>& units) const;

 private:
  Database& safe_;
};

std::size_t key_count(std::span<const DestroyedKeys> destroyed);
// What KEY_DESTROYED commits to: keys_destroyed_hash() of all, units in rising order.
Hash32 destruction_hash(std::span<const DestroyedKeys> destroyed);

}  // namespace assent
