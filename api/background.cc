#include "api/background.h"

#include "rights/erase_worker.h"
#include "rights/follower.h"
#include "rights/sweeper.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kEvery{250};
constexpr std::int64_t kRoundsToSweep = 4 * 60 * 10;  // Ten minutes.
constexpr std::int64_t kRoundsToBeat = 4 * 60;        // One minute.

Act process_act() {
  Act act;
  act.actor_kind = ActorKind::kProcess;
  act.purpose = PurposeCode::kOperations;
  return act;
}

}  // namespace

Background::Background(Services& services)
    : services_(services),
      heartbeat_({&services.data, &services.erasing}, services.journal),
      thread_([this] { run(); }) {}

void Background::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  beat();  // What was written last is named too.
}

void Background::run() {
  for (std::int64_t number = 0;; ++number) {
    try {
      round(number);
    } catch (const std::exception&) {  // Its text may quote data.
      services_.log.error("background.exception");
    }
    std::unique_lock lock(mutex_);
    if (woken_.wait_for(lock, kEvery, [this] { return stopping_; })) return;
  }
}

void Background::round(std::int64_t number) {
  auto tenants = services_.tenants();
  if (!tenants.ok())
    return services_.log.warning("background.waiting", {{"code", tenants.error().code}});
  auto erased = EraseWorker(services_.rights).run_once();
  if (erased.ok() && erased->failed) {
    services_.log.warning("erasure.delayed", {{"reason", erased->failed->reason}});
  }
  services_.release_room.deliveries.retry_aborts();
  const DenialFollower follower(services_.data, services_.following);
  if (number % kRoundsToBeat == 0) beat();
  for (const Tenant& tenant : *tenants) {
    if (auto followed = follower.run_once(tenant.id); !followed.ok()) {
      services_.log.warning("follower.delayed", {{"tenant", tenant.id}});
    }
    if (number % kRoundsToSweep == 0) {
      (void)services_.release_room.deliveries.abort_interrupted(tenant.id, process_act()).ok();
      (void)KeySweeper(services_.rights).run_once(tenant.id).ok();
    }
  }
  if (number % kRoundsToSweep == 0) prune(*tenants);
}

// Only what was announced goes, and only when the entry that says so is signed.
void Background::prune(const std::vector<Tenant>& tenants) {
  std::vector<TenantId> logs{TenantId{}};
  for (const Tenant& tenant : tenants) logs.push_back(tenant.id);
  for (const TenantId log : logs) {
    if (auto pruned = services_.pruner.run_once(log, process_act()); !pruned.ok()) {
      services_.log.warning(
          "prune.delayed",
          {{"tenant", log}, {"code", pruned.error().code}, {"reason", pruned.error().reason}});
    }
  }
}

void Background::beat() {
  std::vector<TenantId> logs{TenantId{}};  // The installation's own first.
  if (auto tenants = services_.tenants(); tenants.ok()) {
    for (const Tenant& tenant : *tenants) logs.push_back(tenant.id);
  }
  for (const TenantId log : logs) {
    if (auto beaten = heartbeat_.beat(log, process_act()); !beaten.ok()) {
      services_.log.warning("heartbeat.delayed", {{"tenant", log}, {"code", beaten.error().code}});
    }
  }
}

}  // namespace assent
