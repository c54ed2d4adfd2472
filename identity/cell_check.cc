#include "cell_check.h"

#include "identity/normalise.h"
#include "identity/rewritten_number.h"

namespace assent {
namespace {

// Of a cell of phones several may stand in it.
std::optional<StaticText> why_rewritten_cell(std::string_view cell, Target target) {
  if (target == Target::kEmail) return std::nullopt;
  if (const auto why = why_rewritten(cell)) return why;
  while (target == Target::kPhone) {
    const auto mark = cell.find_first_of(kPartMarks);
    if (const auto why = why_rewritten(cell.substr(0, mark))) return why;
    if (mark == std::string_view::npos) break;
    cell.remove_prefix(mark + 1);
  }
  return std::nullopt;
}

}  // namespace

bool begins_as_formula(std::string_view cell) {
  const std::string_view text = trim(cell);
  if (text.empty()) return false;
  if (cell.front() == '\t' || cell.front() == '\r' || text[0] == '=' || text[0] == '@') return true;
  if (text[0] != '+' && text[0] != '-') return false;
  return text.find_first_not_of("0123456789 ()-./,", 1) != std::string_view::npos;
}

bool identifies(Target target) {
  switch (target) {
    case Target::kExternalId:
    case Target::kEmail:
    case Target::kPhone:
    case Target::kCard:
    case Target::kOrderId:
      return true;
    default:
      return false;
  }
}

std::optional<CellNote> note_of(const RawRow& raw, std::size_t column, Target target) {
  if (target == Target::kIgnored) return std::nullopt;
  const bool fatal = identifies(target);
  switch (raw.kind(column)) {
    case CellKind::kFormula:
      if (fatal) return CellNote{kFormulaIdentifies, true};
      return CellNote{"the cell is a formula: its last value is stored", false};
    case CellKind::kError:
      if (fatal) return CellNote{"the cell holds an error: it identifies nobody", true};
      return CellNote{"the cell holds an error and counts as empty", false};
    case CellKind::kPlain:
      break;
  }
  if (fatal) {
    if (const auto why = why_rewritten_cell(raw.reveal(column), target))
      return CellNote{*why, true};
  }
  if (target == Target::kEmail || target == Target::kPhone) return std::nullopt;
  if (!begins_as_formula(raw.reveal(column))) return std::nullopt;
  if (fatal) return CellNote{kFormulaIdentifies, true};
  return CellNote{"the cell begins as a formula: it is stored as text", false};
}

}  // namespace assent
