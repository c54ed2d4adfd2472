#include "core/process.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace assent {
namespace {

sigset_t stop_signals() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  return stop;
}

}  // namespace

void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

void survive_size_limits() {
  ::signal(SIGXFSZ, SIG_IGN);
}

Status become_user(const std::string& name) {
  const passwd* user = ::getpwnam(name.c_str());
  if (user == nullptr) return Error{ErrorCode::kNotFound, "there is no user of that name"};
  if (user->pw_uid == ::geteuid()) return Unit{};
  if (::geteuid() == 0 && ::initgroups(name.c_str(), user->pw_gid) == 0 &&
      ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0) {
    forbid_core_dumps();  // A change of user makes a process dumpable again.
    return Unit{};
  }
  return Error{ErrorCode::kDenied, "only root may go on as another user"};
}

Status give_to_user(const std::filesystem::path& path, const std::string& name) {
  if (::geteuid() != 0) return Unit{};
  const passwd* user = ::getpwnam(name.c_str());
  if (user == nullptr) return Error{ErrorCode::kNotFound, "there is no user of that name"};
  if (::chown(path.c_str(), user->pw_uid, user->pw_gid) == 0) return Unit{};
  return Error{ErrorCode::kDenied, "a directory cannot be given to its user"};
}

StopSignals::StopSignals() {
  const sigset_t stop = stop_signals();
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

void StopSignals::wait() const {
  const sigset_t stop = stop_signals();
  int received = 0;
  sigwait(&stop, &received);
}

}  // namespace assent
