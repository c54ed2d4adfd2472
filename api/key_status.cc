#include "api/key_status.h"

#include <algorithm>

#include "api/json.h"
#include "core/tag.h"
#include "core/text.h"

namespace assent {
namespace {

struct PurposeRow {
  KeyPurpose purpose;
  StaticText name;   // In JSON.
  StaticText words;  // For people.
};
constexpr PurposeRow kPurposes[] = {
    {KeyPurpose::kFields, "fields", "fields"},
    {KeyPurpose::kIndexRoot, "index_roots", "index roots"},
    {KeyPurpose::kConsentEvidence, "consent_evidence", "consent evidence"},
    {KeyPurpose::kCertificate, "certificates", "erasure certificates"},
    {KeyPurpose::kTenantSecret, "tenant_secrets", "tenant secrets"}};

std::int64_t total(const KeyStatus::Epoch& epoch) {
  std::int64_t sum = 0;
  for (const auto& [purpose, keys] : epoch.keys) sum += keys;
  return sum;
}

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

std::string epoch_text(const KeyStatus::Epoch& epoch, Timestamp now) {
  std::string text = tr("epoch {1}", epoch.number);
  if (const auto days = days_since(epoch.created_at, now)) {
    text += ", " + tr_n("{1} day old", "{1} days old", static_cast<std::uint64_t>(*days), *days);
  }
  if (epoch.current) text += ", " + tr("current");
  const std::int64_t keys = total(epoch);
  text += ": " + tr_n("{1} key", "{1} keys", static_cast<std::uint64_t>(keys), keys);
  for (const PurposeRow& row : kPurposes) {
    const auto found = epoch.keys.find(row.purpose);
    if (found != epoch.keys.end())
      text += "; " + tr(row.words) + " " + std::to_string(found->second);
  }
  for (const auto& [suite, count] : epoch.suites) {
    text += "; " + tr("suite {1}: {2}", static_cast<int>(suite), count);
  }
  if (epoch.rewrapped > 0) text += "; " + tr("rewrapped away: {1}", epoch.rewrapped);
  return text + '\n';
}

void epoch_json(JsonWriter& out, const KeyStatus::Epoch& epoch) {
  out.begin_object().key("epoch").integer(epoch.number).key("current").boolean(epoch.current);
  out.key("created_at");
  epoch.created_at ? out.text(to_rfc3339(*epoch.created_at)) : out.null();
  out.key("keys").begin_object();
  for (const PurposeRow& row : kPurposes) {
    const auto found = epoch.keys.find(row.purpose);
    out.key(row.name.view()).integer(found == epoch.keys.end() ? 0 : found->second);
  }
  out.end_object().key("suites").begin_object();
  for (const auto& [suite, count] : epoch.suites) out.key(std::to_string(suite)).integer(count);
  out.end_object();
  out.key("rewrapped").integer(static_cast<std::int64_t>(epoch.rewrapped)).end_object();
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
  for (const auto look : {count_keys, look_at_indexes, look_at_round}) {
    if (auto looked = look(services, status); !looked.ok()) {
      status.warnings.push_back(tr("the keys are not counted: {1}", tr(looked.error().reason)));
      break;
    }
  }
  warn(services, status);
  return status;
}

std::string key_status_text(const KeyStatus& status, Timestamp now) {
  std::string text =
      tr("root: {1}, generation {2}", root_kind_name(status.root), status.generation);
  text += '\n';
  if (!status.installation.is_nil()) {
    text += tr("installation: {1}", status.installation.text()) + '\n';
  }
  for (const KeyStatus::Epoch& epoch : status.epochs) text += epoch_text(epoch, now);
  for (const KeyStatus::Index& index : status.indexes) {
    text += tr("index of {1}: root version {2}, index version {3}", index.tenant,
               index.root_version, index.index_version);
    text += '\n';
  }
  for (const std::string& warning : status.warnings) text += tr("warning: {1}", warning) + '\n';
  return text;
}

std::string key_status_json(const KeyStatus& status) {
  JsonWriter out;
  out.begin_object();
  out.key("root").text(root_kind_name(status.root).view());
  out.key("generation").integer(status.generation);
  out.key("installation");
  status.installation.is_nil() ? out.null() : out.text(status.installation.text());
  out.key("epochs").begin_array();
  for (const KeyStatus::Epoch& epoch : status.epochs) epoch_json(out, epoch);
  out.end_array().key("indexes").begin_array();
  for (const KeyStatus::Index& index : status.indexes) {
    out.begin_object().key("tenant").text(index.tenant);
    out.key("root_version").integer(index.root_version);
    out.key("index_version").integer(index.index_version).end_object();
  }
  out.end_array().key("warnings").begin_array();
  for (const std::string& warning : status.warnings) out.text(warning);
  return out.end_array().end_object().take();
}

}  // namespace assent
