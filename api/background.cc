#include "api/background.h"

#include "api/key_epochs.h"
#include "api/maintenance.h"
#include "rights/erase_worker.h"
#include "rights/follower.h"
#include "rights/replaced_keys.h"
#include "rights/sweeper.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kEvery{250};
constexpr std::int64_t kRoundsToSweep = 4 * 60 * 10;      // Ten minutes.
constexpr std::int64_t kRoundsToBeat = 4 * 60;            // One minute.
constexpr std::int64_t kRoundsToLook = 4 * 60 * 60 * 24;  // A day.
constexpr std::int64_t kRoundsWithoutDestroyer = 4 * 10;  // Ten seconds.

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
  follow_keyring();
  if (number % kRoundsToLook == 0) look_at_upkeep();
  auto tenants = services_.tenants();
  if (!tenants.ok())
    return services_.log.warning("background.waiting", {{"code", tenants.error().code}});
  erase();
  services_.release_room.deliveries.retry_aborts();
  const DenialFollower follower(services_.data, services_.following);
  if (number % kRoundsToBeat == 0) beat();
  for (const Tenant& tenant : *tenants) {
    if (auto followed = follower.run_once(tenant.id); !followed.ok()) {
      services_.log.warning("follower.delayed", {{"tenant", tenant.id}});
    }
    if (number % kRoundsToSweep == 0) {
      (void)services_.release_room.deliveries.abort_interrupted(tenant.id, process_act()).ok();
    }
    sweep(tenant.id, number % kRoundsToSweep == 0);
  }
  if (number % kRoundsToSweep == 0) prune(*tenants);
}

void Background::erase() {
  const auto erased = EraseWorker(services_.rights).run_once();
  if (!erased.ok()) return;
  if (erased->failed) {
    services_.log.warning("erasure.delayed", {{"reason", erased->failed->reason}});
  }
  if (erased->waiting_for_keys == 0) {
    rounds_without_destroyer_ = 0;
  } else if (++rounds_without_destroyer_ == kRoundsWithoutDestroyer) {
    services_.log.warning("erasure.keys_wait", {{"requests", erased->waiting_for_keys}});
  }
}

void Background::sweep(TenantId tenant, bool is_due) {
  const KeySweeper sweeper(services_.rights);
  auto done = is_due ? sweeper.name_due(tenant) : Status(Unit{});
  if (const auto finished = sweeper.finish(tenant); !finished.ok()) done = finished.error();
  const ReplacedKeys replaced(services_.rights);
  if (is_due && done.ok()) done = replaced.name_due(tenant);
  if (const auto finished = replaced.finish(tenant); !finished.ok()) done = finished.error();
  if (!done.ok() && is_due) {
    services_.log.warning("sweep.delayed", {{"tenant", tenant}, {"code", done.error().code}});
  }
}

// What works asks for itself; a server that is idle must let a burned key go all the same.
void Background::follow_keyring() {
  (void)services_.keyring->now();
  const auto failure = services_.keyring->failure();
  const auto code = failure ? std::optional(failure->code) : std::nullopt;
  if (failure && code != keyring_failure_) {
    services_.log.error("keyring.not_opened",
                        {{"code", failure->code}, {"reason", failure->reason}});
  } else if (!failure && keyring_failure_) {
    services_.log.info("keyring.opened");
  }
  keyring_failure_ = code;
}

void Background::look_at_upkeep() {
  const auto keyring = services_.keyring->now();
  const auto days = days_since(keyring->current_since(), services_.clock.now());
  if (!days || *days > kEpochDaysMax) {
    services_.log.warning("keys.epoch_old", {{"epoch", keyring->current_epoch()}});
  }
  const auto open = is_round_open(services_);
  if (open.ok() && *open) services_.log.warning("keys.round_open");
  const auto overdue = is_vacuum_overdue(services_);
  if (overdue.ok() && *overdue) services_.log.warning("vacuum.overdue");
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
