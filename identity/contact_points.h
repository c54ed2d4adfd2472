#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

// A contact point or card in its normal form. `kind` is its index id (record_fields.h).
struct ContactValue {
  std::uint16_t kind = 0;
  Plaintext value;
};

// All contact points of a record are one sealed field: a line each, "2 anna@example.com". Normal
// forms hold no line end.
Plaintext encode_contact_points(const std::vector<ContactValue>& values);
// kCorrupt: not what encode_contact_points makes.
Result<std::vector<ContactValue>> decode_contact_points(std::string_view text);

}  // namespace assent
