#pragma once

#include <string>
#include <string_view>

namespace assent {

// Appends `utf8` to `out` as a quoted JSON string (RFC 8259 section 7). The caller answers for the
// text being UTF-8; bytes above 0x7f are passed through.
void append_json_string(std::string& out, std::string_view utf8);

}  // namespace assent
