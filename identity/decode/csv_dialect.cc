#include "csv_dialect.h"

#include <array>
#include <cstddef>
#include <vector>

namespace assent {
namespace {

constexpr std::size_t kSampleRows = 20;

// Columns of each of the first rows that are whole, quotes respected.
std::vector<std::size_t> row_widths(std::string_view sample, char delimiter) {
  std::vector<std::size_t> widths;
  std::size_t columns = 1;
  bool quoted = false;
  bool empty = true;
  for (const char c : sample) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == delimiter) {
      ++columns;
    } else if (!quoted && (c == '\n' || c == '\r')) {
      if (!empty) widths.push_back(columns);
      columns = 1;
      empty = true;
      if (widths.size() == kSampleRows) return widths;
      continue;
    }
    empty = false;
  }
  if (widths.empty()) widths.push_back(columns);  // A file of captions only.
  return widths;
}

}  // namespace

char detect_delimiter(std::string_view sample) {
  char best = ',';
  std::size_t best_score = 0;
  for (const char delimiter : std::array{',', ';', '\t', '|'}) {
    const auto widths = row_widths(sample, delimiter);
    if (widths.front() < 2) continue;
    std::size_t regular = 0;
    for (const std::size_t width : widths) regular += width == widths.front();
    const std::size_t score = regular * widths.front();
    if (score > best_score) {
      best = delimiter;
      best_score = score;
    }
  }
  return best;
}

void append_csv_cell(WipedText& out, std::string_view cell, CellPlace place) {
  if (place == CellPlace::kFollowing) out.push_back(',');
  if (cell.find_first_of("\",;\t|\r\n") == std::string_view::npos) {
    append(out, cell);
    return;
  }
  out.push_back('"');
  for (const char c : cell) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace assent
