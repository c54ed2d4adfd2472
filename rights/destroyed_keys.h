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

// The tombstones of an act's units, by unit; nullopt while keys of one of `units` wait for
// assent-key-destroyer. `safe` is the safe as assent_app. kUnavailable the safe is away.
Result<std::optional<std::vector<DestroyedKeys>>> destroyed_keys(Database& safe, TenantId tenant,
                                                                 const Uuid& act,
                                                                 const std::vector<Uuid>& units);

// How many of the units have evidence of consent under a key. `safe` as above.
Result<std::size_t> evidence_kept(Database& safe, TenantId tenant, const std::vector<Uuid>& units);

// What the safe says of an act when its keys are gone.
struct SafeFindings {
  std::vector<DestroyedKeys> keys;
  std::size_t evidence_kept = 0;      // Records whose evidence of consent outlives them.
  std::optional<Timestamp> burn_due;  // Of the newest epoch of the keys.
};

// nullopt: there was no key.
std::optional<std::uint32_t> newest_epoch(std::span<const DestroyedKeys> destroyed);
std::size_t key_count(std::span<const DestroyedKeys> destroyed);
// What KEY_DESTROYED commits to: keys_destroyed_hash() of all, units in rising order.
Hash32 destruction_hash(std::span<const DestroyedKeys> destroyed);

// Of a tombstone: one after the other, 32 bytes each.
std::vector<Hash32> split_commitments(ByteView commitments);

}  // namespace assent
