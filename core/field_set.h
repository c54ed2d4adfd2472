#pragma once

#include <span>
#include <vector>

#include "core/sealed.h"

namespace assent {

// The sealed fields of one row: 0x01, count (u16), then for each field, in rising order of id:
// field id (u16), length (u32), field record. Absent fields are absent.
struct FieldValue {
  std::uint16_t field_id = 0;
  FieldType type = FieldType::kText;
  Plaintext value;
};

// Seals the fields under one key and place; sorts by id. Throws std::invalid_argument on an id
// twice. `row` is the row the set stands in; place.field_id is ignored.
Bytes seal_field_set(const SecretKey& dek, KeyUse use, const FieldPlace& row,
                     std::span<const FieldValue> fields, Random& random);

// Opens the fields whose bit (1 << field_id) is set in `field_mask`; those that are absent are not
// in the answer. kCorrupt as open_field, or when the framing is damaged.
Result<std::vector<FieldValue>> open_field_set(const SecretKey& dek, const FieldPlace& row,
                                               ByteView set, std::uint64_t field_mask);

// What the headers of the set's records name, all alike; kCorrupt when it is no field set,
// kNotFound when it holds no field.
Result<KeyUse> field_set_key_use(ByteView set);
// The version of it.
Result<std::uint32_t> field_set_key_version(ByteView set);

}  // namespace assent
