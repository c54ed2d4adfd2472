#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

// What main() settles of the process before it does anything. Not thread-safe: call before any
// thread is started.
namespace assent {

// Keys and people's data must not land in a core file.
void forbid_core_dumps();
// A limit on file sizes is then an error of the write, as a full disk is, and kills no server.
void survive_size_limits();

// Goes on as the user of that name, for good. A no-op when this is that user already.
// kNotFound no such user; kDenied neither that user nor root.
Status become_user(const std::string& name);

// Gives a file or directory to that user, who goes on with it. A no-op for who is not root.
// kNotFound no such user; kDenied the system refuses.
Status give_to_user(const std::filesystem::path& path, const std::string& name);

// SIGTERM and SIGINT are taken by whoever waits here; threads started later never see them.
class StopSignals {
 public:
  StopSignals();
  // Returns when one of the two has come.
  void wait() const;
};

}  // namespace assent
