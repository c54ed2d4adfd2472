#include "api/output_file.h"

#include <utility>

namespace assent {

OutputFile::OutputFile(std::filesystem::path path)
    : path_(std::move(path)), file_(path_, std::ios::binary | std::ios::trunc) {}

OutputFile::~OutputFile() {
  if (is_finished_) return;
  file_.close();
  // A device or pipe that was named as the file is not ours to remove.
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path_, ignored)) std::filesystem::remove(path_, ignored);
}

bool OutputFile::finish() {
  file_.close();
  is_finished_ = file_.good();
  return is_finished_;
}

}  // namespace assent
