#include "audit/sequencer_loop.h"

#include <algorithm>

namespace assent {

SequencerLoop::SequencerLoop(Sequencer& sequencer, Signer& signer, Log& log)
    : sequencer_(sequencer), signer_(signer), log_(log), thread_([this] { run(); }) {}

void SequencerLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SequencerLoop::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool more = round();
    lock.lock();
    if (!more) woken_.wait_for(lock, kEvery, [this] { return stopping_; });
  }
  lock.unlock();
  while (round()) {
  }
}

bool SequencerLoop::round() {
  const auto moved = sequencer_.run_once();
  report("sequencer.failed", moved);
  report("signer.failed", signer_.run_once());
  return moved.ok() && moved->done >= Sequencer::kBatchMax;
}

void SequencerLoop::report(StaticText what, const Result<LogRound>& round) {
  if (!round.ok()) return report(what, TenantId{}, round.error());
  std::erase_if(failing_, [&](const auto& known) {
    return known.first == what.view() &&
           std::none_of(round->refused.begin(), round->refused.end(),
                        [&](const LogProblem& p) { return p.log == known.second; });
  });
  for (const LogProblem& problem : round->refused) report(what, problem.log, problem.error);
}

void SequencerLoop::report(StaticText what, TenantId log, const Error& error) {
  if (!failing_.insert({what.view(), log}).second) return;
  log_.error(what, {{"tenant", log}, {"code", error.code}, {"reason", error.reason}});
}

}  // namespace assent
