#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "audit/sequencer.h"
#include "audit/signer.h"
#include "core/log.h"

namespace assent {

// Sequences and signs on a thread of its own, every 200 ms, at once again after a full batch. What
// goes wrong is logged when it begins, not every round, and tried again.
class SequencerLoop {
 public:
  static constexpr std::chrono::milliseconds kEvery{200};

  // Starts. All three must outlive the loop, and nobody else may use the signer meanwhile.
  SequencerLoop(Sequencer& sequencer, Signer& signer, Log& log);
  ~SequencerLoop() { stop(); }

  // Returns after a last round, so that what was acknowledged before the call is signed (unless the
  // database is away). Idempotent; call from one thread.
  void stop();

 private:
  void run();
  bool round();  // Is more waiting?
  void report(StaticText what, const Result<LogRound>& round);
  void report(StaticText what, TenantId log, const Error& error);

  Sequencer& sequencer_;
  Signer& signer_;
  Log& log_;
  std::set<std::pair<std::string_view, TenantId>> failing_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace assent
