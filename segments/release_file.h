#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/id.h"
#include "core/plaintext.h"

namespace assent {

// How a release leaves the house. CSV: RFC 4180, UTF-8, a header, CRLF. NDJSON: one object a line.
enum class FileFormat { kCsv, kNdjson };
std::string_view format_name(FileFormat format);

// Writes members in the order given: member_ref, then the named fields. Private; thread-safe.
class ReleaseFile {
 public:
  ReleaseFile(FileFormat format, std::vector<std::string> names)
      : format_(format), names_(std::move(names)) {}

  std::string header() const;  // "" when the format has none.
  // `cells` in the order of the names. In CSV a cell that a spreadsheet would run as a formula (it
  // begins with = + - @, a tab or a carriage return) gets a leading apostrophe; a plus and digits
  // alone is a telephone number and stays.
  void append(std::string& out, const Uuid& ref, std::span<const Plaintext> cells) const;

 private:
  FileFormat format_;
  std::vector<std::string> names_;
};

}  // namespace assent
