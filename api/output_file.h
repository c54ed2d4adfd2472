#pragma once

#include <filesystem>
#include <fstream>

namespace assent {

// A file that a command writes for somebody: whole, or not there at all. It holds people's data or
// evidence, and half of either looks like the whole. Not thread-safe.
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();  // Removes what was not finished.
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  std::ostream& stream() { return file_; }
  bool ok() const { return file_.good(); }
  // False when the disk did not take everything; the file is then gone.
  bool finish();

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  bool is_finished_ = false;
};

}  // namespace assent
