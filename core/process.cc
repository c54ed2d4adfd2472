#include "core/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

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
