#include "identity/decode/row_reader.h"

#include "csv_dialect.h"

namespace assent {

Plaintext RawRow::raw() const {
  if (!raw_.empty() || cells_.empty()) return Plaintext(raw_);
  WipedText text;
  for (std::size_t i = 0; i < cells_.size(); ++i)
    append_csv_cell(text, cells_[i], i == 0 ? CellPlace::kFirst : CellPlace::kFollowing);
  return Plaintext({text.data(), text.size()});
}

}  // namespace assent
