#include "audit/log_loop.h"

#include <algorithm>

namespace assent {

LogLoop::LogLoop(StaticText failed, Round round, std::size_t full, Log& log,
                 std::chrono::milliseconds every)
    : failed_(failed),
      round_(std::move(round)),
      full_(full),
      log_(log),
      every_(every),
      thread_([this] { run(); }) {}

void LogLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void LogLoop::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool more = round();
    lock.lock();
    if (!more) woken_.wait_for(lock, every_, [this] { return stopping_; });
  }
  lock.unlock();
  while (round()) {
  }
}

bool LogLoop::round() {
  const auto done = round_();
  report(done);
  return done.ok() && (done->more || done->done >= full_);
}

void LogLoop::report(const Result<LogRound>& round) {
  if (!round.ok()) return report(TenantId{}, round.error());
  std::erase_if(failing_, [&](const TenantId& known) {
    return std::none_of(round->refused.begin(), round->refused.end(),
                        [&](const LogProblem& p) { return p.log == known; });
  });
  for (const LogProblem& problem : round->refused) report(problem.log, problem.error);
}

void LogLoop::report(TenantId log, const Error& error) {
  if (!failing_.insert(log).second) return;
  log_.error(failed_, {{"tenant", log}, {"code", error.code}, {"reason", error.reason}});
}

}  // namespace assent
