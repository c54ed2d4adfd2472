#pragma once

#include <array>
#include <cstdint>

#include "identity/decode/encoding.h"

namespace assent {

inline constexpr char32_t kUndefined = 0xFFFFFFFF;

// What the bytes 0x80 to 0xFF of an encoding of one byte a character stand for; kUndefined for a
// byte that stands for none (or for a control character, which no table of a person's data holds).
using HighHalf = std::array<char32_t, 128>;
// std::logic_error for an encoding of more bytes. Thread-safe.
const HighHalf& high_half(Encoding encoding);

// Those of the single-byte encodings in the order in which they are preferred.
inline constexpr std::array kSingleByteEncodings = {Encoding::kWindows1251, Encoding::kKoi8,
                                                    Encoding::kIbm866, Encoding::kIso8859Cyrillic,
                                                    Encoding::kMacCyrillic};

}  // namespace assent
