#pragma once

#include <string_view>

#include "identity/decode/byte_stream.h"

namespace assent {

// How much of a file's beginning the delimiter is told from.
inline constexpr std::size_t kDialectSampleBytes = 64 << 10;

// The delimiter among comma, semicolon, tab and bar that divides the first rows of `sample` most
// regularly; comma when none does. `sample` is UTF-8 and may end in the middle of a row.
char detect_delimiter(std::string_view sample);

enum class CellPlace { kFirst, kFollowing };
// Appends one cell as RFC 4180 writes it, with a comma before it unless it is the first.
void append_csv_cell(WipedText& out, std::string_view cell, CellPlace place);

}  // namespace assent
