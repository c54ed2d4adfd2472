#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <variant>

#include "identity/contact_row.h"
#include "identity/decode/inspect.h"
#include "identity/mapping.h"
#include "identity/order_row.h"

namespace assent {

using SourceRow = std::variant<ContactRow, OrderRow, RejectedRow>;

// What the captions of a file told.
struct CaptionFacts {
  std::size_t columns = 0;
  std::size_t unknown_columns = 0;  // Kept, sealed, in the field `custom`.
  // False when no column says anything of the person but consents and opt-outs: such rows add to a
  // record and do not replace what it holds.
  bool describes_persons = true;
};

// The rows of one file in their normal form, in order and in constant memory. Every row of the file
// comes out once: as what it is, or rejected. Not thread-safe; the mapping and the places outlive
// it.
class SourceFile {
 public:
  virtual ~SourceFile() = default;

  // nullopt at the end. An Error concerns the whole file (see RowReader).
  virtual Result<std::optional<SourceRow>> next() = 0;
  // Passes over `rows` rows without normalising them, to resume; fewer when the file ends.
  virtual Status skip(std::uint64_t rows) = 0;
  // Rows given or passed over so far: what skip() needs to come back here.
  virtual std::uint64_t row_index() const = 0;
  virtual std::uint64_t bytes_read() const = 0;
  virtual const CaptionFacts& captions() const = 0;
};

// `latest` is the last day on which somebody may have been born, see latest_day().
// kInvalid     the captions cannot be read, one that is required is missing (`field` names it),
//              one stands twice, or one is not known and the mapping refuses it (`position` has its
//              column).
// kConflict    the file has changed since it was inspected.
// kNotFound, kUnavailable  as open_rows().
Result<std::unique_ptr<SourceFile>> open_source(const std::filesystem::path& path,
                                                const FileFacts& facts, const Mapping& mapping,
                                                const PlaceCatalogue& places, Date latest);

// The same over rows that are already open.
Result<std::unique_ptr<SourceFile>> read_source(std::unique_ptr<RowReader> rows,
                                                const Mapping& mapping,
                                                const PlaceCatalogue& places, Date latest);

}  // namespace assent
