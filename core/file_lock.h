#pragma once

#include <filesystem>
#include <utility>

#include "core/result.h"

namespace assent {

// That nobody else works with something meanwhile, in this process or another: flock(2) on a file
// that stands for it, kept until the object dies or its process does, however it ends.
class FileLock {
 public:
  enum class Wait { kNo, kYes };
  // Makes the file when it is missing. kBusy: somebody holds it (kNo). kUnavailable: it cannot be
  // made or opened.
  static Result<FileLock> take(const std::filesystem::path& file, Wait wait);
  ~FileLock();
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // The descriptor, which the caller keeps and closes from now on.
  int release() { return std::exchange(fd_, -1); }

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace assent
