#include "csv_writer.h"

#include <system_error>
#include <utility>

namespace assent::sample {

FileWriter::FileWriter(std::filesystem::path place, Dialect dialect)
    : place_(std::move(place)), part_(place_), dialect_(dialect) {
  part_ += ".part";
  out_.open(part_, std::ios::binary | std::ios::trunc);
}

FileWriter::~FileWriter() {
  out_.close();
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

void FileWriter::row(std::span<const std::string> cells) {
  line_.clear();
  bool first = true;
  for (const std::string& text : cells) {
    if (!std::exchange(first, false)) line_ += dialect_.delimiter;
    cell(text);
  }
  line_ += dialect_.end_of_line;
  text(line_);
}

void FileWriter::cell(std::string_view text) {
  const bool special = text.find_first_of("\"\r\n") != std::string_view::npos ||
                       text.find(dialect_.delimiter) != std::string_view::npos;
  if (!special && dialect_.quotes == Dialect::Quotes::kWhereNeeded) {
    line_ += text;
    return;
  }
  line_ += '"';
  for (const char c : text) {
    if (c == '"') line_ += '"';
    line_ += c;
  }
  line_ += '"';
}

void FileWriter::text(std::string_view bytes) {
  out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

Status FileWriter::finish() {
  out_.close();
  if (out_.fail()) return Error{ErrorCode::kUnavailable, "a file of the sample cannot be written"};
  return Unit{};
}

Status FileWriter::put_in_place() {
  std::error_code failed;
  std::filesystem::rename(part_, place_, failed);
  if (failed) return Error{ErrorCode::kUnavailable, "a file of the sample cannot be replaced"};
  return Unit{};
}

}  // namespace assent::sample
