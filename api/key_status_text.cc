#include <algorithm>

#include "api/json.h"
#include "api/key_status.h"
#include "core/text.h"

// What `assent keys status` prints.
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

const PurposeRow& row_of(KeyPurpose purpose) {
  return *std::ranges::find(kPurposes, purpose, &PurposeRow::purpose);
}

std::int64_t total(const KeyStatus::Epoch& epoch) {
  std::int64_t sum = 0;
  for (const auto& [purpose, keys] : epoch.keys) sum += keys;
  return sum;
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

std::string sealed_text(const KeyStatus::Sealed& sealed) {
  std::string text;
  for (const SealedCount& count : sealed.state.values) {
    text += tr("sealed of {1}: {2}, suite {3}, key version {4}: {5}", sealed.tenant,
               tr(row_of(count.purpose).words), static_cast<int>(count.suite), count.version,
               count.values) +
            '\n';
  }
  const auto waiting = static_cast<std::uint64_t>(sealed.state.replaced.units);
  if (waiting == 0) return text;
  text += tr_n("replaced of {1}: {2} unit keeps versions that nothing names",
               "replaced of {1}: {2} units keep versions that nothing names", waiting,
               sealed.tenant, waiting);
  if (sealed.next_end) text += ", " + tr("until {1}", to_rfc3339(*sealed.next_end));
  return text + '\n';
}

void sealed_json(JsonWriter& out, const KeyStatus::Sealed& sealed) {
  out.begin_object().key("tenant").text(sealed.tenant).key("values").begin_array();
  for (const SealedCount& count : sealed.state.values) {
    out.begin_object().key("keys").text(row_of(count.purpose).name.view());
    out.key("suite").integer(count.suite).key("version").integer(count.version);
    out.key("values").integer(count.values).end_object();
  }
  out.end_array().key("replaced").integer(sealed.state.replaced.units).key("next_end");
  sealed.next_end ? out.text(to_rfc3339(*sealed.next_end)) : out.null();
  out.end_object();
}

}  // namespace

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
  text += tr("new values are sealed in suite {1}", static_cast<int>(status.suite)) + '\n';
  for (const KeyStatus::Sealed& sealed : status.sealed) text += sealed_text(sealed);
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
  out.end_array().key("suite").integer(static_cast<std::int64_t>(status.suite));
  out.key("sealed").begin_array();
  for (const KeyStatus::Sealed& sealed : status.sealed) sealed_json(out, sealed);
  out.end_array().key("warnings").begin_array();
  for (const std::string& warning : status.warnings) out.text(warning);
  return out.end_array().end_object().take();
}

}  // namespace assent
