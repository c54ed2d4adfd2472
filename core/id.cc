#include "core/id.h"

#include <algorithm>

#include "core/clock.h"
#include "core/random.h"

namespace assent {
namespace {

void stamp(Uuid& id, std::uint8_t version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | (version << 4));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
}

}  // namespace

Uuid Uuid::v7(const Clock& clock, Random& random) {
  return v7(clock.now(), random);
}

Uuid Uuid::v7(Timestamp at, Random& random) {
  Uuid id;
  random.fill(id.bytes);
  const auto ms = static_cast<std::uint64_t>(at.us / 1000);
  for (int i = 0; i < 6; ++i) {
    id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  }
  stamp(id, 7);
  return id;
}

Uuid Uuid::v4(Random& random) {
  Uuid id;
  random.fill(id.bytes);
  stamp(id, 4);
  return id;
}

Uuid Uuid::from_bytes(ByteView sixteen) {
  Uuid id;
  std::copy_n(sixteen.begin(), std::min(sixteen.size(), id.bytes.size()), id.bytes.begin());
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return std::nullopt;
  }
  std::string hex;
  for (char c : text) {
    if (c != '-') hex.push_back(c);
  }
  auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  return from_bytes(*bytes);
}

std::string Uuid::text() const {
  std::string out = to_hex(bytes);
  for (std::size_t at : {8, 13, 18, 23}) out.insert(at, 1, '-');
  return out;
}

}  // namespace assent
