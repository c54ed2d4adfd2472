#pragma once

#include <cstdint>
#include <string_view>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

// A value that points to a person, in the normal form of its index: what search.h looks up.
struct IdentifierValue {
  std::uint16_t index_id = 0;  // Also identifier.kind.
  Plaintext normalized;
};

// `kind` is email, phone, card or external_id, as people name it. `region` as normalise_phone.
// kInvalid  an unknown kind, or a value that is none of it. Thread-safe.
Result<IdentifierValue> identifier_value(std::string_view kind, const Plaintext& value,
                                         std::string_view region);

}  // namespace assent
