#pragma once

#include <optional>
#include <string_view>

#include "identity/decode/row_reader.h"
#include "identity/mapping.h"

namespace assent {

// Whether a program of tables would calculate the text: it begins with = + - @ TAB or CR and is no
// number, phone or filler of dashes.
bool begins_as_formula(std::string_view cell);

// Whether cells of the column tell whose row it is: what they hold must be what the person sees.
bool identifies(Target target);

// What is told of a cell that is no plain value. `fatal`: the row cannot be stored.
struct CellNote {
  StaticText reason;
  bool fatal = false;
};
// nullopt for a plain value. E-mails and phones are left to their own forms, which know what is
// valid.
std::optional<CellNote> note_of(const RawRow& raw, std::size_t column, Target target);

// Between the e-mails or phones of one cell.
inline constexpr std::string_view kPartMarks = ",;\n";

inline constexpr StaticText kFormulaIdentifies = "the cell is a formula: it identifies nobody";

}  // namespace assent
