#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

// What one row of a file may cost. A row over a limit is rejected; the rows after it live.
inline constexpr std::size_t kRecordBytesMax = 1 << 20;
inline constexpr std::size_t kCellBytesMax = 64 << 10;
inline constexpr std::size_t kColumnsMax = 1000;
// Of a record that is too long to hold, this much from its beginning is kept as its raw text.
inline constexpr std::size_t kRawBytesMax = 64 << 10;

// Why a row could not be read at all. `position.column` is the table's column, counted from 1; 0
// when the trouble is in the row as a whole.
struct RowFault {
  StaticText reason;
  Position position;
};

// What a workbook tells of a cell: a formula shows its last value, an error shows none.
enum class CellKind : std::uint8_t { kPlain, kFormula, kError };

// One row as it stands in the file, decoded to UTF-8. It looks into the reader's own buffers, which
// are wiped, so it is valid until the reader's next call and there are no copies of it.
class RawRow {
 public:
  RawRow(std::uint64_t line, std::span<const std::string_view> cells, std::string_view raw,
         std::span<const CellKind> kinds = {})
      : line_(line), cells_(cells), raw_(raw), kinds_(kinds) {}

  std::uint64_t line() const { return line_; }  // Of the row's first character, from 1.
  std::size_t columns() const { return cells_.size(); }
  std::string_view reveal(std::size_t column) const { return cells_[column]; }  // From 0.
  CellKind kind(std::size_t column) const {
    return column < kinds_.size() ? kinds_[column] : CellKind::kPlain;
  }
  // Whether each cell says which column it is of, as a workbook's do and a text's do not.
  bool is_placed() const { return raw_.empty(); }
  // The row as text: the bytes of a CSV record; a workbook's row is written as one.
  Plaintext raw() const;

  const std::optional<RowFault>& fault() const { return fault_; }
  void reject(RowFault fault) { fault_ = fault; }

 private:
  std::uint64_t line_;
  std::span<const std::string_view> cells_;
  std::string_view raw_;
  std::span<const CellKind> kinds_;
  std::optional<RowFault> fault_;
};

// The rows of one file, in order, in memory that does not grow with the file. The first row is the
// captions and fixes the number of columns: rows with fewer or more are rejected, except that one
// empty column at the end is tolerated where the captions or the first row have it. Lines that are
// wholly empty are passed over and not counted. Not thread-safe.
class RowReader {
 public:
  virtual ~RowReader() = default;

  // The next row, which may carry a fault; nullopt at the end. An Error concerns the whole file:
  // kUnavailable  reading failed; kInvalid  the container is damaged, encrypted or over a limit.
  virtual Result<std::optional<RawRow>> next() = 0;

  // How much of the file's bytes has been read, for a progress bar.
  virtual std::uint64_t bytes_read() const = 0;
};

}  // namespace assent
