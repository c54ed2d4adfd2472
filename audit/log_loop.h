#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "audit/log_problem.h"
#include "core/log.h"
#include "core/result.h"

namespace assent {

// Runs the rounds of a sequencer, a signer or a stamper on a thread of its own, every 200 ms, at
// once again after a full one or one that left something over. What goes wrong is logged when it
// begins, not every round, and tried again.
class LogLoop {
 public:
  static constexpr std::chrono::milliseconds kEvery{200};
  using Round = std::function<Result<LogRound>()>;

  // Starts. `failed` is the event that the log gets of what goes wrong; a round that did at least
  // `full` is followed by the next at once. What `round` works with and `log` must outlive the
  // loop, and nobody else may use it meanwhile.
  LogLoop(StaticText failed, Round round, std::size_t full, Log& log,
          std::chrono::milliseconds every = kEvery);
  ~LogLoop() { stop(); }

  // Returns after a last round, so that what was acknowledged before the call is done (unless the
  // database is away). Idempotent; call from one thread.
  void stop();

 private:
  void run();
  bool round();  // Is more waiting?
  void report(const Result<LogRound>& round);
  void report(TenantId log, const Error& error);

  const StaticText failed_;
  const Round round_;
  const std::size_t full_;
  Log& log_;
  const std::chrono::milliseconds every_;
  std::set<TenantId> failing_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace assent
