#pragma once

#include <string_view>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

inline constexpr std::size_t kEmailBytesMax = 254;  // RFC 5321, a path without its brackets.
inline constexpr std::size_t kEmailLocalBytesMax = 64;

// The normal form of an e-mail address, which identifies it: trimmed (U+00A0 and U+200B included),
// in lower case, an international domain as its A-label. A plus-tag and dots are kept: they may be
// another mailbox. Thread-safe.
// kInvalid: not an address. Quoted local parts and address literals are not accepted.
Result<Plaintext> normalise_email(std::string_view text);

}  // namespace assent
