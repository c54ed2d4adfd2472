#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/id.h"

// What leaves and manifests commit to: the hashes that whoever writes them and whoever checks them
// must compute alike. Pure functions, thread-safe. docs/erasure.md, docs/release-format.md.
namespace assent {

// SHA-256("assent.keys_destroyed.v1" 0x00 ‖ each commitment): the record hash of KEY_DESTROYED.
Hash32 keys_destroyed_hash(std::span<const Hash32> commitments);

// SHA-256("assent.member.v1" 0x00 ‖ release ‖ ref ‖ permit ‖ reason 0 (u16) ‖ facts ‖ policies).
Hash32 release_member_hash(const Uuid& release, const Uuid& ref, const Hash32& facts,
                           const Hash32& policies);

// How many profiles left the funnel of a release, at which stage and why.
struct ReasonCount {
  std::uint16_t stage = 1;   // 1 at the opening, 2 during the delivery.
  std::uint16_t reason = 0;  // A number of consent/reason.h.
  std::uint64_t profiles = 0;
  friend auto operator<=>(const ReasonCount&, const ReasonCount&) = default;
};
// SHA-256("assent.reasons.v1" 0x00 ‖ release ‖ salt ‖ each count), in rising order.
Hash32 release_reasons_hash(const Uuid& release, const Hash32& salt,
                            const std::vector<ReasonCount>& counts);

// What a leaf seals of one row: SHA-256(table ‖ row id ‖ row hash). The leaf's record hash is the
// RFC 6962 root over these in the order of their positions.
Hash32 sealed_row_entry(std::string_view table, const Uuid& row, const Hash32& row_hash);
// The row hash of a removal, whose table is "removed_row" and whose row id is the leaf that sealed
// the row which went: SHA-256(its position there (u32) ‖ its entry).
Hash32 removal_hash(std::int32_t position, const Hash32& entry);

}  // namespace assent
