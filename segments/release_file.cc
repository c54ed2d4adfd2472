#include "segments/release_file.h"

#include <algorithm>

#include "core/json_text.h"

namespace assent {
namespace {

constexpr std::string_view kMemberRef = "member_ref";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_formula(std::string_view cell) {
  if (cell.empty() || std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos) {
    return false;
  }
  const bool phone =
      cell[0] == '+' && cell.size() > 1 && std::all_of(cell.begin() + 1, cell.end(), is_digit);
  return !phone;
}

void append_csv(std::string& out, std::string_view cell) {
  const bool neutralise = is_formula(cell);
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    if (neutralise) out += '\'';
    out += cell;
    return;
  }
  out += neutralise ? "\"'" : "\"";
  for (char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string_view format_name(FileFormat format) {
  return format == FileFormat::kCsv ? "csv" : "ndjson";
}

std::string ReleaseFile::header() const {
  if (format_ != FileFormat::kCsv) return {};
  std::string line(kMemberRef);
  for (const std::string& name : names_) line += ',' + name;
  return line + "\r\n";
}

void ReleaseFile::append(std::string& out, const Uuid& ref,
                         std::span<const Plaintext> cells) const {
  if (format_ == FileFormat::kCsv) {
    out += ref.text();
    for (const Plaintext& cell : cells) {
      out += ',';
      append_csv(out, cell.reveal());
    }
    out += "\r\n";
    return;
  }
  out += "{\"member_ref\":\"" + ref.text() + '"';
  for (std::size_t i = 0; i < cells.size(); ++i) {
    out += ',';
    append_json_string(out, names_[i]);
    out += ':';
    append_json_string(out, cells[i].reveal());
  }
  out += "}\n";
}

}  // namespace assent
