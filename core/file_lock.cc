#include "core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace assent {

Result<FileLock> FileLock::take(const std::filesystem::path& file, Wait wait) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return Error{ErrorCode::kUnavailable, "the state directory cannot be written"};
  FileLock lock(fd);
  int taken = -1;
  do {
    taken = ::flock(fd, wait == Wait::kYes ? LOCK_EX : LOCK_EX | LOCK_NB);
  } while (taken != 0 && errno == EINTR);
  if (taken == 0) return lock;
  return Error{ErrorCode::kBusy, "another process works with this state directory"};
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace assent
