#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

namespace assent {

// Another program, of which this one reads the output or writes the input. Its complaints are not
// passed on: they may quote data. Dies with the object. Not thread-safe.
class ChildProcess {
 public:
  enum class Pipe { kOutput, kInput };
  // `command`: the program, found by PATH, and its arguments; no secret among them.
  // kNotFound there is no such program; kUnavailable it cannot be started.
  static Result<ChildProcess> start(const std::vector<std::string>& command, Pipe pipe);
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Of kOutput: what comes next, at most `bytes_max`; empty at the end. kUnavailable it broke.
  Result<Bytes> read(std::size_t bytes_max);
  // Of kInput. kUnavailable the program has ended or closed its input.
  Status write(ByteView bytes);
  // Closes the pipe and waits: the exit code, or 128 and the signal that ended it.
  int wait();

 private:
  ChildProcess(pid_t pid, int fd) : pid_(pid), fd_(fd) {}
  pid_t pid_;
  int fd_;
};

}  // namespace assent
