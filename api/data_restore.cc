#include "api/data_restore.h"

#include <set>
#include <thread>

#include "api/installation.h"
#include "audit/log_store.h"
#include "core/text.h"
#include "identity/profile_facts.h"
#include "rights/erase.h"
#include "rights/erase_worker.h"
#include "rights/follower.h"
#include "rights/safe_restore.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kPause{100};
constexpr std::chrono::seconds kKeysPatience{120};
constexpr std::chrono::seconds kSignerPatience{10};

Status number_all(Services& services) {
  const auto numbered = services.sequencer.drain();
  if (!numbered.ok()) return numbered.error();
  return Unit{};
}

// Until the rows of every erasure are gone; the certificates come when the log is signed.
Result<std::size_t> finish_erasures(Services& services, const RestoreProgress& progress) {
  const EraseWorker worker(services.rights);
  const auto begun = std::chrono::steady_clock::now();
  const auto without_certificates = begun + kSignerPatience;
  const auto give_up = begun + kKeysPatience;
  for (;;) {
    const auto round = worker.run_once();
    if (!round.ok()) return round.error();
    if (round->failed) return *round->failed;
    if (auto numbered = number_all(services); !numbered.ok()) return numbered.error();
    const auto now = std::chrono::steady_clock::now();
    const std::size_t left = round->waiting_for_keys + round->waiting;
    if (left == 0 || (round->waiting_for_keys == 0 && now > without_certificates)) {
      return round->waiting;
    }
    progress(tr("erasing again: still to be done {1}", left), 0, 0);
    if (now > give_up) {
      return Error{ErrorCode::kUnavailable,
                   "keys wait to be destroyed: start assent-key-destroyer, then 'assent restore' "
                   "without a file goes on"};
    }
    std::this_thread::sleep_for(kPause);
  }
}

Result<std::size_t> make_permits(Services& services, const Tenant& tenant,
                                 const RestoreProgress& progress) {
  const auto tools = services.tools.of(tenant.id);
  if (!tools.ok()) return tools.error();
  const auto rebuilt =
      rebuild_all(services.data, tenant.id, (*tools)->permits, next_people, std::nullopt,
                  [&](const RebuildReport& report) {
                    progress(tr("{1}: permits of {2} profiles", tenant.name, report.profiles),
                             report.profiles, 0);
                  });
  if (!rebuilt.ok()) return rebuilt.error();
  return rebuilt->profiles;
}

// Of whom the data has lost every row only the log came back: nothing can be done for them but to
// say so there.
Status finish_lost_tenants(Services& services, const DataRestore& restore,
                           const std::vector<Tenant>& tenants, const Act& act) {
  auto known = restore.journal_tenants();
  if (!known.ok()) return known.error();
  const auto logs = logs_without_rows(services.sequencing);
  if (!logs.ok()) return logs.error();
  std::set<TenantId> lost(known->begin(), known->end());
  lost.insert(logs->begin(), logs->end());
  lost.erase(TenantId{});
  for (const Tenant& tenant : tenants) lost.erase(tenant.id);
  for (const TenantId id : lost) {
    RestorePlan nothing;
    nothing.tenant = id;
    if (const auto told = restore.finish(nothing, act); !told.ok()) return told.error();
  }
  return Unit{};
}

}  // namespace

Result<bool> is_whole(Services& services) {
  return is_data_whole(services.data, services.sequencing, services.following);
}

Result<RestoredRows> restore_rows(Services& services, bool only_plan, const PlanShown& shown,
                                  const RestoreProgress& progress) {
  Database owner(as_role(services.config.data, "assent_owner", 1), services.clock);
  const DataRestore restore(services.rights, services.following, owner);
  const Act act = installation_act();
  const auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  std::vector<RestorePlan> plans;
  for (const Tenant& tenant : *tenants) {
    auto plan = restore.plan(tenant.id);
    if (!plan.ok()) return plan.error();
    shown(tenant, *plan);
    plans.push_back(*std::move(plan));
  }
  RestoredRows done;
  if (only_plan) return done;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const std::string& name = (*tenants)[i].name;
    const auto of_lost = restore.replay(plans[i], act, [&](std::size_t count, std::size_t all) {
      progress(tr("{1}: denials said again {2}", name, count), count, all);
    });
    if (!of_lost.ok()) return of_lost.error();
    done.of_lost_records += *of_lost;
    done.denials += plans[i].denials;
    if (auto begun = restore.erase_again(plans[i], act); !begun.ok()) return begun.error();
    done.erased += plans[i].units_erased();
  }
  const auto waiting = finish_erasures(services, progress);
  if (!waiting.ok()) return waiting.error();
  done.certificates_waiting = *waiting;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto profiles = make_permits(services, (*tenants)[i], progress);
    if (!profiles.ok()) return profiles.error();
    done.profiles += *profiles;
    if (const auto told = restore.finish(plans[i], act); !told.ok()) return told.error();
  }
  if (auto noted = finish_lost_tenants(services, restore, *tenants, act); !noted.ok()) {
    return noted.error();
  }
  const auto told = restore.finish_installation(act);
  if (!told.ok()) return told.error();
  done.leaf = *told;
  if (auto numbered = number_all(services); !numbered.ok()) return numbered.error();
  return done;
}

Result<RestoredSafe> restore_safe(Services& services) {
  const SafeRestore restore(services.rights);
  const Act act = installation_act();
  const auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  RestoredSafe done;
  for (const Tenant& tenant : *tenants) {
    const auto keys = restore.destroy_again(tenant.id, act);
    if (!keys.ok()) return keys.error();
    done.keys += *keys;
    const auto tokens = restore.revoke_again(tenant.id);
    if (!tokens.ok()) return tokens.error();
    done.tokens += *tokens;
    const auto lost = restore.records_without_key(tenant.id);
    if (!lost.ok()) return lost.error();
    done.records_lost += *lost;
    // The journal of then has forgotten what was refused since: the data has it.
    const DenialFollower follower(services.data, services.following);
    if (const auto told = follower.run_once(tenant.id); !told.ok()) return told.error();
  }
  const auto told = in_tx(services.data, TenantId{}, [&](Tx& tx) -> Result<EventId> {
    Leaf leaf = leaf_of(act, AuditEvent::kSafeRestored);
    leaf.object_kind = ObjectKind::kKey;
    leaf.result_count = static_cast<std::uint32_t>(done.keys);
    return services.journal.append(tx, leaf);
  });
  if (!told.ok()) return told.error();
  done.leaf = *told;
  return done;
}

Status opens_with_todays_keyring(const Config& config, std::uint32_t epoch) {
  auto slab = KeySlab::make();
  if (!slab.ok()) return slab.error();
  const auto keyring = open_keyring(**slab, config.custody);
  if (!keyring.ok()) return keyring.error();
  if (keyring->has_epoch(epoch)) return Unit{};
  return Error{ErrorCode::kCorrupt,
               "the epoch of this backup was burned: nobody can open its keys any more"};
}

}  // namespace assent
