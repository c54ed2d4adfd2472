#include "core/bytes.h"

#include <sodium.h>

namespace assent {
namespace {

std::string encode_base64(ByteView bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant);
  out.pop_back();  // The terminating NUL.
  return out;
}

std::optional<Bytes> decode_base64(std::string_view text, int variant) {
  if (text.empty()) return Bytes{};
  Bytes out(text.size());
  std::size_t length = 0;
  if (sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &length, nullptr,
                        variant) != 0) {
    return std::nullopt;
  }
  out.resize(length);
  // Canonical only: unused trailing bits must be zero, and nothing may follow.
  if (encode_base64(out, variant) != text) return std::nullopt;
  return out;
}

template <class T>
void put_be(Bytes& out, T value) {
  for (int shift = (static_cast<int>(sizeof(T)) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

template <class T>
T get_be(const std::uint8_t* at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | at[i]);
  return value;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), bytes.data(), bytes.size());
  out.pop_back();
  return out;
}

std::optional<Bytes> from_hex(std::string_view hex) {
  if (hex.empty()) return Bytes{};
  if (hex.size() % 2 != 0) return std::nullopt;
  Bytes out(hex.size() / 2);
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_hex2bin(out.data(), out.size(), hex.data(), hex.size(), nullptr, &length, &end) != 0 ||
      length != out.size()) {
    return std::nullopt;
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  return encode_base64(bytes, sodium_base64_VARIANT_ORIGINAL);
}
std::optional<Bytes> from_base64(std::string_view text) {
  return decode_base64(text, sodium_base64_VARIANT_ORIGINAL);
}
std::string to_base64url(ByteView bytes) {
  return encode_base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
std::optional<Bytes> from_base64url(std::string_view text) {
  return decode_base64(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void put_u16(Bytes& out, std::uint16_t value) {
  put_be(out, value);
}
void put_u32(Bytes& out, std::uint32_t value) {
  put_be(out, value);
}
void put_u64(Bytes& out, std::uint64_t value) {
  put_be(out, value);
}
void put(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}
void put(Bytes& out, std::string_view text) {
  put(out, as_bytes(text));
}
std::uint16_t get_u16(const std::uint8_t* at) {
  return get_be<std::uint16_t>(at);
}
std::uint32_t get_u32(const std::uint8_t* at) {
  return get_be<std::uint32_t>(at);
}
std::uint64_t get_u64(const std::uint8_t* at) {
  return get_be<std::uint64_t>(at);
}

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace assent
