#include "core/field_set.h"

#include <algorithm>
#include <stdexcept>

namespace assent {
namespace {

constexpr std::uint8_t kFormat = 0x01;
constexpr std::size_t kSetHeaderBytes = 3;
constexpr std::size_t kFieldHeaderBytes = 6;
Error damaged() {
  return {ErrorCode::kCorrupt, "not a set of field records"};
}

struct SealedField {
  std::uint16_t field_id = 0;
  ByteView record;
};

Result<std::vector<SealedField>> split(ByteView set) {
  if (set.size() < kSetHeaderBytes || set[0] != kFormat) return damaged();
  std::vector<SealedField> fields(get_u16(set.data() + 1));
  std::size_t at = kSetHeaderBytes;
  std::uint32_t last = 0;
  for (SealedField& field : fields) {
    if (set.size() - at < kFieldHeaderBytes) return damaged();
    field.field_id = get_u16(set.data() + at);
    const std::size_t length = get_u32(set.data() + at + 2);
    at += kFieldHeaderBytes;
    if (set.size() - at < length || field.field_id <= last) return damaged();
    field.record = set.subspan(at, length);
    at += length;
    last = field.field_id;
  }
  if (at != set.size()) return damaged();
  return fields;
}

FieldPlace place_of(const FieldPlace& row, std::uint16_t field_id) {
  FieldPlace place = row;
  place.field_id = field_id;
  return place;
}

}  // namespace

Bytes seal_field_set(const SecretKey& dek, KeyUse use, const FieldPlace& row,
                     std::span<const FieldValue> fields, Random& random) {
  std::vector<const FieldValue*> order;
  for (const FieldValue& field : fields) order.push_back(&field);
  std::sort(order.begin(), order.end(),
            [](const auto* a, const auto* b) { return a->field_id < b->field_id; });
  Bytes set{kFormat};
  put_u16(set, static_cast<std::uint16_t>(order.size()));
  std::uint32_t last = 0;
  for (const FieldValue* field : order) {
    if (field->field_id <= last) throw std::invalid_argument("a field stands twice in a set");
    last = field->field_id;
    const Bytes record = seal_field(dek, use, place_of(row, field->field_id), field->type,
                                    as_bytes(field->value.reveal()), random);
    put_u16(set, field->field_id);
    put_u32(set, static_cast<std::uint32_t>(record.size()));
    put(set, record);
  }
  return set;
}

Result<std::vector<FieldValue>> open_field_set(const SecretKey& dek, const FieldPlace& row,
                                               ByteView set, std::uint64_t field_mask) {
  auto sealed = split(set);
  if (!sealed.ok()) return sealed.error();
  std::vector<FieldValue> fields;
  for (const SealedField& field : *sealed) {
    if (field.field_id > 63 || (field_mask >> field.field_id & 1) == 0) continue;
    auto opened = open_field(dek, place_of(row, field.field_id), field.record);
    if (!opened.ok()) return opened.error();
    fields.push_back({field.field_id, opened->type, std::move(opened->value)});
  }
  return fields;
}

Result<KeyUse> field_set_key_use(ByteView set) {
  auto sealed = split(set);
  if (!sealed.ok()) return sealed.error();
  if (sealed->empty()) return Error{ErrorCode::kNotFound, "the set holds no field"};
  return field_key_use(sealed->front().record);
}

Result<std::uint32_t> field_set_key_version(ByteView set) {
  const auto use = field_set_key_use(set);
  if (!use.ok()) return use.error();
  return use->version;
}

}  // namespace assent
