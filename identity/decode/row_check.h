#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "identity/decode/row_reader.h"

namespace assent {

// Holds every row to the width of the first one.
class RowWidth {
 public:
  // The fault of a row of `columns` columns, of which `cells` shows at most kColumnsMax.
  std::optional<RowFault> check(std::uint64_t line, std::span<const std::string_view> cells,
                                std::size_t columns);
  // How many cells of a row are shown: without the empty one at the end.
  std::size_t shown(std::size_t columns) const { return columns < width_ ? columns : width_; }

 private:
  // One empty column more at the end is a habit of a file, shown by its captions or first row. Of a
  // single row it is a cell that moved: taken for a habit, it would shift every value unsaid.
  enum class Tail { kUnknown, kHabit, kNone };

  std::size_t width_ = 0;
  Tail tail_ = Tail::kUnknown;
};

// A cell that is too large or not UTF-8. `raw` is the row as it stands, from its first line on.
std::optional<RowFault> check_text(std::uint64_t line, std::span<const std::string_view> cells,
                                   std::string_view raw);

}  // namespace assent
