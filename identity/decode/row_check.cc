#include "row_check.h"

#include "identity/decode/encoding.h"

namespace assent {
namespace {

RowFault fault_at(StaticText reason, std::uint64_t line, std::size_t column) {
  return {reason, {line, static_cast<std::uint32_t>(column)}};
}

// CR, LF and CRLF each end one line.
std::uint64_t lines_in(std::string_view text) {
  std::uint64_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    lines += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
  }
  return lines;
}

}  // namespace

std::optional<RowFault> RowWidth::check(std::uint64_t line, std::span<const std::string_view> cells,
                                        std::size_t columns) {
  if (columns > kColumnsMax) return fault_at("the row has more than 1,000 columns", line, 0);
  if (width_ == 0) {
    const bool has_tail = columns > 1 && cells.back().empty();
    width_ = has_tail ? columns - 1 : columns;
    if (has_tail) tail_ = Tail::kHabit;
    return std::nullopt;
  }
  const bool has_tail = columns == width_ + 1 && cells.back().empty();
  if (tail_ == Tail::kUnknown) tail_ = has_tail ? Tail::kHabit : Tail::kNone;
  if (columns < width_) {
    return fault_at("the row has fewer columns than the captions", line, columns + 1);
  }
  if (columns > width_ && !(has_tail && tail_ == Tail::kHabit)) {
    return fault_at("the row has more columns than the captions", line, width_ + 1);
  }
  return std::nullopt;
}

std::optional<RowFault> check_text(std::uint64_t line, std::span<const std::string_view> cells,
                                   std::string_view raw) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].size() > kCellBytesMax) return fault_at("a cell is over 64 KiB", line, i + 1);
  }
  const auto bad = first_malformed(raw);
  if (!bad) return std::nullopt;
  const std::uint64_t bad_line = line + lines_in(raw.substr(0, *bad));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (first_malformed(cells[i])) return fault_at("the text is not UTF-8", bad_line, i + 1);
  }
  return fault_at("the text is not UTF-8", bad_line, 0);
}

}  // namespace assent
