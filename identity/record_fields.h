#pragma once

#include <cstdint>

#include "consent/permit.h"  // kPhoneIndex, kEmailIndex

namespace assent {

// The numbers of policies/fields.yaml that this room reads by itself.
struct RecordFields {
  std::uint16_t external_id = 0;
  std::uint16_t first_name = 0;
  std::uint16_t full_name = 0;
  std::uint16_t birth_date = 0;
};

constexpr std::uint64_t field_bit(std::uint16_t field_id) {
  return std::uint64_t{1} << field_id;
}

// Values of identifier.kind: the index numbers of policies/fields.yaml, fixed for ever.
inline constexpr std::uint16_t kCardIndex = 3;
inline constexpr std::uint16_t kExternalIdIndex = 4;
inline constexpr std::uint16_t kNameFoldIndex = 5;
inline constexpr std::uint16_t kOrderIdIndex = 6;

}  // namespace assent
