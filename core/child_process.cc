#include "core/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

extern char** environ;

namespace assent {
namespace {

// A program that ended must be an error of the write, not our own death by SIGPIPE.
ssize_t write_some(int fd, ByteView bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int problem = errno;
  // Also of what was taken in part before the other side went.
  if (written < static_cast<ssize_t>(bytes.size())) {
    const timespec at_once{};
    sigtimedwait(&pipe_signal, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = problem;
  return written;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& command, Pipe pipe) {
  const Error cannot{ErrorCode::kUnavailable, "another program cannot be started"};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return cannot;
  const bool is_output = pipe == Pipe::kOutput;
  const int ours = is_output ? ends[0] : ends[1];
  const int theirs = is_output ? ends[1] : ends[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, theirs, is_output ? STDOUT_FILENO : STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, is_output ? STDIN_FILENO : STDOUT_FILENO, "/dev/null",
                                   O_RDWR, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_RDWR, 0);
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int failed =
      ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(theirs);
  if (failed == 0) return ChildProcess(pid, ours);
  ::close(ours);
  if (failed == ENOENT) return Error{ErrorCode::kNotFound, "a program that is needed is missing"};
  return cannot;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), fd_(std::exchange(other.fd_, -1)) {}

ChildProcess::~ChildProcess() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

Result<Bytes> ChildProcess::read(std::size_t bytes_max) {
  Bytes bytes(bytes_max);
  for (;;) {
    const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::kUnavailable, "another program could not be read"};
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
}

Status ChildProcess::write(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write_some(fd_, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error{ErrorCode::kUnavailable, "another program takes nothing more"};
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return Unit{};
}

int ChildProcess::wait() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  const pid_t pid = std::exchange(pid_, 0);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return 255;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace assent
