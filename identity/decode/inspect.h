#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/bytes.h"
#include "core/result.h"
#include "identity/decode/encoding.h"
#include "identity/decode/row_reader.h"

namespace assent {

enum class Container { kText, kXlsx };

// What one scan of a whole file tells.
struct FileFacts {
  Hash32 sha256{};
  std::uint64_t bytes = 0;
  Container container = Container::kText;
  Encoding encoding = Encoding::kUtf8;
  char delimiter = ',';
  // The first character of UTF-8 text that is malformed: its line, and byte in that line, from 1.
  // Its row will be rejected.
  std::optional<Position> malformed;
};

// Scans the file once, in constant memory; a workbook is unpacked once too, so that a damaged one
// is refused before a row of it is stored. `named` is the encoding of text that has no byte order
// mark, when the mapping knows it.
// kNotFound     no such file.
// kInvalid      empty; not text (binary, or UTF-16 without its mark); Cyrillic whose encoding
//               cannot be told; an old .xls or an encrypted workbook; a damaged workbook or one
//               over a limit.
// kUnavailable  reading failed.
Result<FileFacts> inspect(const std::filesystem::path& path,
                          std::optional<Encoding> named = std::nullopt);

enum class Layout { kTable, kWhitespace };

// The rows of an inspected file. kConflict when it has another size than it had then.
Result<std::unique_ptr<RowReader>> open_rows(const std::filesystem::path& path,
                                             const FileFacts& facts, Layout layout);

}  // namespace assent
