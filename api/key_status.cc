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

std::int64_t days_of(const KeyStatus::Epoch& epoch, Timestamp now) {
  return (now.us - epoch.created_at->us) / kDayUs;
}

std::int64_t total(const KeyStatus::Epoch& epoch) {
  std::int64_t sum = 0;
  for (const auto& [purpose, keys] : epoch.keys) sum += keys;
  return sum;
}

Status count_keys(Services& services, KeyStatus& status) {
  auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  for (const Tenant& tenant : *tenants) {
    const auto counts = services.keys.count(tenant.id);
    if (!counts.ok()) return counts.error();
    KeyStatus::Index index{tenant.name, 0, TagMaker::kIndexVersion};
    for (const KeyCount& count : *counts) {
      const auto epoch = std::ranges::find(status.epochs, count.epoch, &KeyStatus::Epoch::number);
      if (epoch == status.epochs.end()) {
        return Error{ErrorCode::kCorrupt, "keys are wrapped under an epoch that is gone"};
      }
      epoch->keys[count.purpose] += count.keys;
      if (count.purpose == KeyPurpose::kIndexRoot) {
        index.root_version = std::max(index.root_version, count.newest_version);
      }
    }
    status.indexes.push_back(std::move(index));
  }
  return Unit{};
}

void warn(Services& services, KeyStatus& status) {
  const KeyStatus::Epoch& current = status.epochs.back();
  const Timestamp now = services.clock.now();
  if (!current.created_at) {
    status.warnings.push_back(
        tr("when epoch {1} was made is not noted: take it for older than {2} days", current.number,
           kEpochDaysMax));
  } else if (days_of(current, now) > kEpochDaysMax) {
    status.warnings.push_back(
        tr("epoch {1} is older than {2} days", current.number, kEpochDaysMax));
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
    status.epochs.push_back({epoch.number, epoch.created_at, false, {}});
  }
  status.epochs.back().current = true;
  if (auto counted = count_keys(services, status); !counted.ok()) {
    status.warnings.push_back(tr("the keys are not counted: {1}", tr(counted.error().reason)));
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
  for (const KeyStatus::Epoch& epoch : status.epochs) {
    text += tr("epoch {1}", epoch.number);
    if (epoch.created_at) {
      const std::int64_t days = days_of(epoch, now);
      text += ", " + tr_n("{1} day old", "{1} days old", static_cast<std::uint64_t>(days), days);
    }
    if (epoch.current) text += ", " + tr("current");
    text +=
        ": " + tr_n("{1} key", "{1} keys", static_cast<std::uint64_t>(total(epoch)), total(epoch));
    for (const PurposeRow& row : kPurposes) {
      const auto found = epoch.keys.find(row.purpose);
      if (found == epoch.keys.end()) continue;
      text += "; " + tr(row.words) + " " + std::to_string(found->second);
    }
    text += '\n';
  }
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
  for (const KeyStatus::Epoch& epoch : status.epochs) {
    out.begin_object().key("epoch").integer(epoch.number).key("current").boolean(epoch.current);
    out.key("created_at");
    epoch.created_at ? out.text(to_rfc3339(*epoch.created_at)) : out.null();
    out.key("keys").begin_object();
    for (const PurposeRow& row : kPurposes) {
      const auto found = epoch.keys.find(row.purpose);
      out.key(row.name.view()).integer(found == epoch.keys.end() ? 0 : found->second);
    }
    out.end_object().end_object();
  }
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
