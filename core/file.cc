#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/file_lock.h"
#include "descriptor.h"

namespace assent {
namespace {

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Status sync_file(const std::filesystem::path& file) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.ok() && ::fsync(fd.get()) == 0) return sync_directory(file.parent_path());
  return Error{ErrorCode::kUnavailable, "the file could not be written to disk"};
}

Status sync_directory(const std::filesystem::path& directory) {
  const Descriptor fd(
      ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.ok() && ::fsync(fd.get()) == 0) return Unit{};
  return Error{ErrorCode::kUnavailable, "the directory could not be written to disk"};
}

Status replace_file(const std::filesystem::path& file, std::string_view content, unsigned mode) {
  const Error refused{ErrorCode::kUnavailable, "the file could not be written to disk"};
  std::filesystem::path temporary = file;
  temporary += ".new";
  {
    const Descriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!fd.ok() || !write_all(fd.get(), content) || ::fchmod(fd.get(), mode) != 0 ||
        ::fsync(fd.get()) != 0) {
      ::unlink(temporary.c_str());
      return refused;
    }
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) return refused;
  return sync_directory(file.parent_path());
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    if (errno == ENOENT) return Error{ErrorCode::kNotFound, "no such file"};
    return Error{ErrorCode::kUnavailable, "the file could not be opened"};
  }
  std::string content;
  std::string block(1 << 16, '\0');
  for (;;) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::kUnavailable, "the file could not be read"};
    if (got == 0) return content;
    content.append(block.data(), static_cast<std::size_t>(got));
    if (content.size() > bytes_max) return Error{ErrorCode::kTooLarge, "the file is too large"};
  }
}

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return Error{ErrorCode::kUnavailable, "the state directory cannot be made"};
  auto lock = FileLock::take(directory / "lock", FileLock::Wait::kNo);
  if (!lock.ok()) return lock.error();
  return DirectoryLock(lock->release());
}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace assent
