#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/result.h"

namespace assent {

// Replaces `file` by `content` so that a crash leaves either the old or the new bytes: temporary
// file, fsync, rename, fsync of the directory. `mode` as in chmod(2).
// kUnavailable when the disk refuses (full, read-only, away).
Status replace_file(const std::filesystem::path& file, std::string_view content, unsigned mode);

// The content of `file` is durable when it returns. kUnavailable as above.
Status sync_file(const std::filesystem::path& file);

// What was made, renamed or removed in `directory` is durable when it returns. kUnavailable as
// above.
Status sync_directory(const std::filesystem::path& directory);

// The whole content. kNotFound no such file; kTooLarge above `bytes_max`; kUnavailable otherwise.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max);

// That one process, and nobody beside it, works with what a directory holds: flock(2) on its file
// `lock`, kept until the object dies or the process does, however it ends.
class DirectoryLock {
 public:
  // Creates the directory when it is missing.
  // kBusy another process holds it; kUnavailable the directory cannot be made or written.
  static Result<DirectoryLock> take(const std::filesystem::path& directory);
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace assent
