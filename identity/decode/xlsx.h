#pragma once

#include <memory>

#include "identity/decode/row_reader.h"
#include "xlsx_package.h"

namespace assent {

// The rows of a workbook's first sheet. Numbers and dates become the text that number_text() says;
// a formula is not computed and not believed: its cell reads "=" and the formula's own text.
// Empty rows are passed over; cells that a row leaves out at its end are empty.
// kInvalid: a part is missing, damaged, over a limit, or declares a document type.
Result<std::unique_ptr<RowReader>> read_xlsx(std::unique_ptr<XlsxPackage> package);

}  // namespace assent
