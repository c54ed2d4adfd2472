#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assent::sample {

// How one source writes its files.
struct Dialect {
  char delimiter = ';';
  enum class Quotes { kWhereNeeded, kAlways } quotes = Quotes::kWhereNeeded;
  std::string_view end_of_line = "\n";
};

// Writes one file beside its place; it appears there only by put_in_place(), and what was not put
// in place is removed. Failures of the disk are kept until finish(). Not thread-safe.
class FileWriter {
 public:
  explicit FileWriter(std::filesystem::path place, Dialect dialect = {});
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void row(std::span<const std::string> cells);  // One record of a CSV file.
  void text(std::string_view bytes);             // As it is.
  Status finish();                               // kUnavailable: something could not be written.
  Status put_in_place();                         // After finish(); replaces an older file.

 private:
  void cell(std::string_view text);

  std::filesystem::path place_;
  std::filesystem::path part_;
  Dialect dialect_;
  std::ofstream out_;
  std::string line_;
};

}  // namespace assent::sample
