#include "line_base64.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace assent {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kForeign = 0xFF000000;  // Above all 24 bits of four characters.

constexpr std::array<std::uint32_t, 256> make_values() {
  std::array<std::uint32_t, 256> values{};
  values.fill(kForeign);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint32_t>(i);
  }
  return values;
}
constexpr auto kValues = make_values();

// The 24 bits of four characters; kForeign or above when one of them is foreign.
std::uint32_t quad(const char* at) {
  const auto value = [&](std::size_t i) { return kValues[static_cast<std::uint8_t>(at[i])]; };
  const std::uint32_t foreign = (value(0) | value(1) | value(2) | value(3)) & kForeign;
  return foreign | (value(0) << 18 & 0xFFFFFF) | (value(1) << 12 & 0xFFFFFF) |
         (value(2) << 6 & 0xFFFFFF) | (value(3) & 0xFFFFFF);
}

}  // namespace

bool decode_line_base64(std::string_view text, Bytes& out) {
  if (text.size() % 4 != 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  out.resize(text.size() / 4 * 3);
  std::uint8_t* to = out.data();
  const char* at = text.data();
  const char* end = text.data() + (padding == 0 ? text.size() : text.size() - 4);
  std::uint32_t foreign = 0;
  for (; at != end; at += 4, to += 3) {
    const std::uint32_t bits = quad(at);
    foreign |= bits;
    to[0] = static_cast<std::uint8_t>(bits >> 16);
    to[1] = static_cast<std::uint8_t>(bits >> 8);
    to[2] = static_cast<std::uint8_t>(bits);
  }
  if (padding != 0) {
    const char last[] = {at[0], at[1], padding == 2 ? 'A' : at[2], 'A'};
    const std::uint32_t bits = quad(last);
    foreign |= bits;
    if ((bits & (padding == 2 ? 0xFFFFu : 0xFFu)) != 0) return false;  // Not canonical.
    to[0] = static_cast<std::uint8_t>(bits >> 16);
    to[1] = static_cast<std::uint8_t>(bits >> 8);
    out.resize(out.size() - padding);
  }
  return foreign < kForeign;
}

}  // namespace assent
