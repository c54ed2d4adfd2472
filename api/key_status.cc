#include "api/key_status.h"

#include <algorithm>

#include "core/tag.h"
#include "core/text.h"

namespace assent {
namespace {

KeyStatus::Epoch* find_epoch(KeyStatus& status, std::uint32_t number) {
  const auto found = std::ranges::find(status.epochs, number, &KeyStatus::Epoch::number);
  return found == status.epochs.end() ? nullptr : &*found;
}

Status count_keys(Services& services, KeyStatus& status) {
  const auto counts = KeyEpochs(services.rewrapping).count();
  if (!counts.ok()) return counts.error();
  std::int64_t lost = 0;
  for (const WrapCount& count : *counts) {
    KeyStatus::Epoch* const epoch = find_epoch(status, count.epoch);
    if (epoch == nullptr) {
      lost += count.keys;
      continue;
    }
    epoch->keys[count.purpose] += count.keys;
    epoch->suites[count.suite] += count.keys;
  }
  if (lost > 0) {
    status.warnings.push_back(
        tr("wrapped under epochs that the keyring lacks, to be opened by "
           "nobody: {1}",
           lost));
  }
  return Unit{};
}

Status look_at_indexes(Services& services, KeyStatus& status) {
  auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  for (const Tenant& tenant : *tenants) {
    const auto version = services.keys.index_root_version(tenant.id);
    if (!version.ok()) return version.error();
    status.indexes.push_back({tenant.name, *version, TagMaker::kIndexVersion});
  }
  return Unit{};
}

// Of each tenant: what is sealed how, and whether that is as it is to be.
Status look_at_sealed(Services& services, KeyStatus& status) {
  status.suite = services.keys.suite();
  const auto days = services.retention.replaced_key_days();
  auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  for (const Tenant& tenant : *tenants) {
    auto state = sealed_state(services, tenant.id);
    if (!state.ok()) return state.error();
    std::optional<Timestamp> next;
    if (days && state->replaced.oldest) next = {state->replaced.oldest->us + *days * kDayUs};
    const auto is_other = [&](const SealedCount& count) {
      return count.purpose == KeyPurpose::kFields &&
             count.suite != static_cast<std::uint8_t>(status.suite);
    };
    if (std::ranges::any_of(state->values, is_other)) {
      status.warnings.push_back(
          tr("{1} has fields in another suite than keys.suite: 'assent keys reseal'", tenant.name));
    }
    status.sealed.push_back({tenant.name, std::move(*state), next});
  }
  return Unit{};
}

// What is left of the monthly round, and the command that goes on.
Status look_at_round(Services& services, KeyStatus& status) {
  const auto all = KeyEpochs(services.rewrapping).all();
  if (!all.ok()) return all.error();
  if (status.epochs.back().number > all->back().number) {
    status.warnings.push_back(tr("epoch {1} was begun and not finished: 'assent keys new-epoch'",
                                 status.epochs.back().number));
  }
  for (const EpochRow& row : *all) {
    KeyStatus::Epoch* const epoch = find_epoch(status, row.number);
    if (epoch != nullptr) epoch->rewrapped = row.rewrapped;
    if (&row == &all->back() || row.is_burn_told) continue;
    status.warnings.push_back(
        row.burn_begun_at
            ? tr("the burn of epoch {1} was begun and not finished: 'assent keys burn'", row.number)
            : tr("epoch {1} is not burned yet: 'assent keys rewrap', then 'assent keys burn'",
                 row.number));
  }
  return Unit{};
}

void warn(Services& services, KeyStatus& status) {
  const KeyStatus::Epoch& current = status.epochs.back();
  const auto days = days_since(current.created_at, services.clock.now());
  if (!days) {
    status.warnings.push_back(
        tr("when epoch {1} was made is not noted: take it for older than {2} days", current.number,
           kEpochDaysMax));
  } else if (*days > kEpochDaysMax) {
    status.warnings.push_back(tr("epoch {1} is older than {2} days: 'assent keys rotate-epoch'",
                                 current.number, kEpochDaysMax));
  }
  if (status.installation.is_nil()) {
    status.warnings.push_back(
        tr("the keyring has the form of before and is bound to no installation: 'assent keys "
           "rotate-root' renews it"));
  }
  if (services.config.custody.next_root) {
    status.warnings.push_back(tr(
        "keys.next_root is named: finish with 'assent keys rotate-root', then make it keys.root"));
  }
}

}  // namespace

Result<KeyStatus> key_status(Services& services) {
  const auto keyring = read_keyring(services.config.custody.keyring);
  if (!keyring.ok()) return keyring.error();
  KeyStatus status;
  status.root = keyring->root;
  status.generation = keyring->generation;
  status.installation = keyring->installation;
  for (const KeyringFile::Epoch& epoch : keyring->epochs) {
    status.epochs.push_back({epoch.number, epoch.created_at, false, {}, {}, 0});
  }
  status.epochs.back().current = true;
  for (const auto look : {count_keys, look_at_indexes, look_at_sealed, look_at_round}) {
    if (auto looked = look(services, status); !looked.ok()) {
      status.warnings.push_back(tr("the keys are not counted: {1}", tr(looked.error().reason)));
      break;
    }
  }
  warn(services, status);
  return status;
}

}  // namespace assent
