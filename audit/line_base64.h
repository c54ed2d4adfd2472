#pragma once

#include <string_view>

#include "core/bytes.h"

namespace assent {

// Decodes like from_base64 (RFC 4648 section 4, canonical only) into `out`, which keeps its memory
// from call to call. core's decoder takes the same time for all values, as secrets demand; a bundle
// holds none, and this one lets the verifier pass a million leaves a second. Private to the
// verifier. False leaves `out` in any state.
bool decode_line_base64(std::string_view text, Bytes& out);

}  // namespace assent
