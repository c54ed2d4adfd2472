#pragma once

#include <memory>

#include "identity/decode/byte_stream.h"
#include "identity/decode/row_reader.h"

namespace assent {

inline constexpr std::size_t kReadChunkBytes = 64 << 10;

// Comma-separated values as RFC 4180 has them and as the world writes them: any delimiter; CR, LF
// or CRLF; quoted cells over several lines with doubled quotes; a last line without its end.
// A row that cannot be read costs no other row:
//  - a quote that is never closed, or closed in the middle of a cell, is reported with the line
//    where it opened, and reading goes on at the line after that one;
//  - a row of several lines with the wrong number of columns likewise;
//  - a line longer than kRecordBytesMax is passed over up to its end.
// `text` is UTF-8; a row with other bytes in it is rejected.
std::unique_ptr<RowReader> read_csv(std::unique_ptr<ByteStream> text, char delimiter,
                                    std::size_t chunk_bytes = kReadChunkBytes);

// Columns parted by any run of spaces and tabs, one row a line, no quotes.
std::unique_ptr<RowReader> read_whitespace(std::unique_ptr<ByteStream> text,
                                           std::size_t chunk_bytes = kReadChunkBytes);

}  // namespace assent
