#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "decode_fixture.h"
#include "identity/decode/csv_dialect.h"

namespace assent {
namespace {

using Table = std::vector<std::vector<std::string>>;

// Cells of characters that matter to a decoder, and of some that take several bytes.
rc::Gen<std::string> any_cell() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
                          std::vector<std::string>{"a", "b", "1", "\"", "\"\"", ",", ";", "\t", "|",
                                                   "\n", "\r", "\r\n", " ", "ж", "é", "😀", "="})),
                      [](const std::vector<std::string>& parts) {
                        std::string cell;
                        for (const auto& part : parts) cell += part;
                        return cell;
                      });
}

rc::Gen<Table> any_table() {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 6), [](std::size_t width) {
    return rc::gen::container<Table>(
        rc::gen::container<std::vector<std::string>>(width, any_cell()));
  });
}

std::string quoted(const std::string& cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string encode(const Table& table, char delimiter, const std::string& line_end) {
  std::string text;
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += delimiter;
      const bool plain =
          !row[i].empty() && row[i].find_first_of("\",;\t|\r\n ") == std::string::npos;
      text += plain ? row[i] : quoted(row[i]);
    }
    text += line_end;
  }
  return text;
}

// The first row fixes the width, and an empty cell at its end does not count.
bool has_plain_width(const Table& table) {
  return table.empty() || !table[0].back().empty();
}

RC_GTEST_PROP(CsvPropertyTest, WhatIsWrittenInAnyDialectIsReadBack, ()) {
  const Table table = *any_table();
  RC_PRE(has_plain_width(table));
  const char delimiter = *rc::gen::element(',', ';', '\t', '|');
  const auto line_end =
      *rc::gen::element(std::string("\n"), std::string("\r\n"), std::string("\r"));
  Table read;
  for (const auto& row : csv_rows(encode(table, delimiter, line_end), delimiter)) {
    RC_ASSERT(row.fault.empty());
    read.push_back(row.cells);
  }
  RC_ASSERT(read == table);
}

RC_GTEST_PROP(CsvPropertyTest, TheSizeOfTheReadsDoesNotMatter, ()) {
  const auto parts =
      *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
          "a", "\"", ",", "\n", "\r", "\r\n", "ж", "\xFF", "x,y\n", "\"q\","}));
  std::string text;
  for (const auto& part : parts) text += part;
  const auto whole = csv_rows(text);
  for (std::size_t chunk = 1; chunk <= 9; ++chunk) RC_ASSERT(csv_rows(text, ',', chunk) == whole);
}

RC_GTEST_PROP(CsvPropertyTest, NoRowOfAnyTextIsSwallowed, ()) {
  const auto parts = *rc::gen::container<std::vector<std::string>>(
      rc::gen::elementOf(std::vector<std::string>{"a", "\"", ",", "\n", "\"\"", "b"}));
  std::string text;
  for (const auto& part : parts) text += part;
  std::string seen;
  for (const auto& row : csv_rows(text)) seen += row.raw;
  for (std::size_t at = 0; at < text.size();) {  // Only lines that are wholly empty may be missing.
    if (seen.starts_with(std::string_view(text).substr(at, 1))) {
      seen.erase(0, 1);
    } else {
      RC_ASSERT(text[at] == '\n');
    }
    ++at;
  }
  RC_ASSERT(seen.empty());
}

RC_GTEST_PROP(CsvPropertyTest, TheDelimiterOfARegularTableIsFound, ()) {
  const char delimiter = *rc::gen::element(',', ';', '\t', '|');
  const auto width = *rc::gen::inRange<std::size_t>(2, 8);
  const auto height = *rc::gen::inRange<std::size_t>(1, 8);
  const Table table(height, std::vector<std::string>(width, "cell"));
  RC_ASSERT(detect_delimiter(encode(table, delimiter, "\n")) == delimiter);
}

}  // namespace
}  // namespace assent
