#include "consent/purpose.h"

#include <algorithm>
#include <map>

#include "catalogue_words.h"

namespace assent {
namespace {

constexpr StaticText kRegistered = "SELECT purpose_id, name FROM purpose WHERE tenant = $1";
constexpr StaticText kFind = "SELECT purpose_id FROM purpose WHERE tenant = $1 AND name = $2";

constexpr std::pair<std::string_view, LegalBasis> kBases[] = {
    {"consent", LegalBasis::kConsent},
    {"contract", LegalBasis::kContract},
    {"legitimate_interest", LegalBasis::kLegitimateInterest},
    {"legal_obligation", LegalBasis::kLegalObligation}};

PurposeEntry read_entry(YamlMap& map) {
  PurposeEntry entry;
  entry.code = read_purpose(map, "key");
  entry.name = map.text("key");
  map.accept("title");  // For people; the register of processing shows it.
  entry.basis = map.word("legal_basis", Words<LegalBasis>(kBases), LegalBasis::kNone);
  if (!map.has("retention_days")) map.fault("retention_days", "missing");
  entry.retention_days = map.number_if("retention_days").value_or(0);
  entry.channels = read_channels(map, "channels");
  return entry;
}

}  // namespace

Result<std::vector<PurposeEntry>> load_purposes(const std::filesystem::path& file) {
  std::vector<PurposeEntry> entries;
  auto read = read_catalogue(file, "assent-purposes/1", "purposes", [&](YamlMap& map) {
    PurposeEntry entry = read_entry(map);
    const bool doubled =
        std::ranges::any_of(entries, [&](const auto& e) { return e.name == entry.name; });
    if (doubled) map.fault("key", "given twice");
    entries.push_back(std::move(entry));
  });
  if (!read.ok()) return read.error();
  return entries;
}

Result<std::size_t> Purposes::publish(Tx& tx, const Act& act,
                                      const std::vector<PurposeEntry>& entries) const {
  std::map<std::int64_t, std::string> registered;
  const Rows rows = tx.query(kRegistered, {tx.tenant()});
  for (const auto& row : rows) registered[row.integer(0)] = row.text(1);
  std::size_t fresh = 0;
  for (const PurposeEntry& entry : entries) {
    const auto code = static_cast<std::int16_t>(entry.code);
    if (const auto found = registered.find(code); found != registered.end()) {
      if (found->second == entry.name) continue;
      return Error{ErrorCode::kConflict, "the purpose is registered under another name"};
    }
    Leaf leaf = leaf_of(act, AuditEvent::kPurposeRegistered);
    leaf.result_count = static_cast<std::uint32_t>(entry.code);
    tx.query("SELECT register_purpose($1, $2, $3, $4)",
             {journal_.append(tx, leaf), tx.now(), code, entry.name});
    ++fresh;
  }
  return fresh;
}

Result<PurposeCode> Purposes::find(Tx& tx, std::string_view name) {
  const Rows rows = tx.query(kFind, {tx.tenant(), name});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "the purpose is not registered"};
  return static_cast<PurposeCode>(rows[0].integer(0));
}

}  // namespace assent
