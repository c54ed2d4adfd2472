#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assent {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
using Hash32 = std::array<std::uint8_t, 32>;
using Tag16 = std::array<std::uint8_t, 16>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes);
// Lower or upper case; nullopt on odd length or a foreign character.
std::optional<Bytes> from_hex(std::string_view hex);

// RFC 4648 section 4, with padding; decoding is strict (canonical padding, no whitespace).
std::string to_base64(ByteView bytes);
std::optional<Bytes> from_base64(std::string_view text);
// RFC 4648 section 5 without padding, for tokens and paths.
std::string to_base64url(ByteView bytes);
std::optional<Bytes> from_base64url(std::string_view text);

// Big-endian appenders, the byte order of every format of ours (docs/formats.md).
void put_u16(Bytes& out, std::uint16_t value);
void put_u32(Bytes& out, std::uint32_t value);
void put_u64(Bytes& out, std::uint64_t value);
void put(Bytes& out, ByteView bytes);
void put(Bytes& out, std::string_view text);
// Readers; the caller has checked that enough bytes are there.
std::uint16_t get_u16(const std::uint8_t* at);
std::uint32_t get_u32(const std::uint8_t* at);
std::uint64_t get_u64(const std::uint8_t* at);

// In time that depends on the lengths only.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace assent
