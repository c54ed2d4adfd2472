#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/key_slab.h"

namespace assent {

// Blind indexes of one tenant: the only searchable form of a value at rest. A tag is the first 16
// of the 32 bytes of BLAKE2b-256(index key, index_id ‖ normalized value), where the index key is
// derived from the tenant's index root by index and version. Its keys lie in the slab, which must
// outlive it. Immutable, thread-safe.
class TagMaker {
 public:
  static constexpr std::uint16_t kIndexVersion = 1;

  // `index_ids` are the ids of policies/fields.yaml that will be asked for. kTooLarge when the slab
  // is full.
  static Result<TagMaker> make(KeySlab& slab, const SecretKey& index_root,
                               SecretKey suppression_key,
                               const std::vector<std::uint16_t>& index_ids);

  // Throws std::out_of_range for an index that was not declared.
  Tag16 tag(std::uint16_t index_id, std::string_view normalized) const;
  // Version 1 of the tag under which an address is suppressed; all 32 bytes, a key of its own.
  Hash32 suppression_tag(std::uint16_t index_id, std::string_view normalized) const;
  // For values that are no identifier: digests of files, contents of rows, keys of events.
  Tag16 content_tag(std::string_view label, ByteView content) const;

 private:
  TagMaker() = default;
  std::map<std::uint16_t, KeptKey> index_keys_;
  KeptKey suppression_key_;
  KeptKey content_key_;
};

}  // namespace assent
