#include "api/log_rehashing.h"

#include "api/services.h"

namespace assent {
namespace {

constexpr std::chrono::hours kEvery{24};

}  // namespace

void RehashResults::note(Timestamp at, const Rehash& done) {
  const std::lock_guard lock(mutex_);
  for (const RehashedLog& log : done.sound) results_[log.log] = {at, log.end, false};
  for (const LogProblem& problem : done.problems) results_[problem.log] = {at, 0, true};
}

std::optional<RehashResults::Result> RehashResults::of(TenantId log) const {
  const std::lock_guard lock(mutex_);
  const auto found = results_.find(log);
  return found == results_.end() ? std::nullopt : std::optional(found->second);
}

LogRehashing::LogRehashing(Services& services) : services_(services), thread_([this] { run(); }) {}

LogRehashing::~LogRehashing() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

bool LogRehashing::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void LogRehashing::run() {
  while (true) {
    try {
      round();
    } catch (const std::exception&) {  // Its text may quote data.
      services_.log.error("rehash.exception");
    }
    std::unique_lock lock(mutex_);
    if (woken_.wait_for(lock, kEvery, [this] { return stopping_; })) return;
  }
}

void LogRehashing::round() {
  const auto done =
      rehash_logs(services_.sequencing,
                  {installation_origin(services_.config.log_host), services_.config.published},
                  [this](auto, auto, auto) { return !is_stopping(); });
  if (!done.ok()) return services_.log.warning("rehash.delayed", {{"code", done.error().code}});
  services_.rehash_results.note(services_.clock.now(), *done);
  for (const LogProblem& problem : done->problems) {
    services_.log.error("log.damaged", {{"tenant", problem.log},
                                        {"code", problem.error.code},
                                        {"reason", problem.error.reason},
                                        {"entry", problem.entry.value_or(0)}});
  }
}

}  // namespace assent
