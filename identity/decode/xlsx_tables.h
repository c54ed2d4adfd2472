#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "identity/decode/byte_stream.h"
#include "xlsx_package.h"

namespace assent {

// The parts of a workbook that the cells of its sheet refer to.

// The shared strings, the one thing that is held whole: cells name them in any order.
inline constexpr std::size_t kSharedStringBytesMax = 64 << 20;
inline constexpr std::size_t kSharedStringsMax = 4'000'000;

class SharedStrings {
 public:
  // kInvalid over a limit. A workbook without shared strings has none.
  static Result<SharedStrings> read(XlsxPackage& package);
  std::size_t size() const { return ends_.size(); }
  std::string_view reveal(std::size_t index) const;

 private:
  friend class SharedStringsHandler;
  WipedText text_;
  std::vector<std::uint32_t> ends_;
};

// How a number is meant by its cell's style.
enum class NumberKind { kNumber, kDate, kDateTime };

// The day from which a workbook counts its dates.
enum class Epoch { k1900, k1904 };

struct WorkbookFacts {
  std::string sheet_part;  // Of the first sheet.
  Epoch epoch = Epoch::k1900;
};

Result<WorkbookFacts> read_workbook(XlsxPackage& package);
// By style index.
Result<std::vector<NumberKind>> read_styles(XlsxPackage& package);

// What a format code such as `dd.mm.yyyy hh:mm` shows.
NumberKind kind_of_format(std::string_view code);

// The text of a number as a person sees it: 15 significant digits, no exponent; a date as
// "2024-03-02", with its time "2024-03-02 10:01:00". A number that is none is given back unchanged.
std::string number_text(std::string_view value, NumberKind kind, Epoch epoch);

// Appends text in which Excel has written characters that XML forbids as `_x000D_`.
void append_unescaped(WipedText& out, std::string_view text);

}  // namespace assent
