#pragma once

// What main() settles of the process before it does anything. Not thread-safe: call before any
// thread is started.
namespace assent {

// Keys and people's data must not land in a core file.
void forbid_core_dumps();
// A limit on file sizes is then an error of the write, as a full disk is, and kills no server.
void survive_size_limits();

// SIGTERM and SIGINT are taken by whoever waits here; threads started later never see them.
class StopSignals {
 public:
  StopSignals();
  // Returns when one of the two has come.
  void wait() const;
};

}  // namespace assent
