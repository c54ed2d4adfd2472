#include "report_json.h"

#include "core/nlohmann.h"
#include "report_text.h"

namespace assent {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const Finding& finding) {
  ordered_json out{{"verdict", word(finding.verdict).view()}, {"what", finding.what.view()}};
  if (finding.entry) out["entry"] = *finding.entry;
  if (!finding.expected.empty()) out["expected"] = finding.expected;
  if (!finding.found.empty()) out["found"] = finding.found;
  return out;
}

ordered_json json_of(const Report& report) {
  ordered_json out{{"verdict", word(report.verdict).view()},
                   {"exit", static_cast<int>(report.verdict)}};
  out["findings"] = ordered_json::array();
  for (const Finding& finding : report.findings) out["findings"].push_back(json_of(finding));
  out["further_bad_entries"] = report.further;
  if (report.log) {
    const PolicyCheck& policy = report.log->policy;
    out["log"] = {{"origin", printable(report.log->checkpoint.origin)},
                  {"size", report.log->checkpoint.size},
                  {"root", to_base64(report.log->checkpoint.root)},
                  {"signed", policy.log == PolicyCheck::Log::kValid},
                  {"witnesses_valid", policy.witnesses_valid},
                  {"witnesses_known", policy.witnesses_known},
                  {"quorum", policy.quorum}};
  }
  out["not_proved"] = not_proved().view();
  return out;
}

ordered_json json_of(const StampFacts& stamp) {
  return {{"not_later_than", to_rfc3339(stamp.not_later_than)},
          {"policy", printable(stamp.policy)},
          {"fits", stamp.fits},
          {"authority_proved", stamp.is_proved},
          {"not_shown", not_stamped().view()}};
}

ordered_json extends_of(const BundleReport& report) {
  if (report.extends == Extends::kYes) return true;
  if (report.extends == Extends::kNo) return false;
  return nullptr;
}

}  // namespace

std::string to_json(const Report& report) {
  return json_of(report).dump();
}

std::string to_json(const BundleReport& report) {
  ordered_json out = json_of(report.report);
  if (report.header) {
    out["range"] = {{"first", report.header->first}, {"end", report.header->end},
                    {"entries", report.entries},     {"all_hashes_match", report.all_hashes_match},
                    {"writers", report.writers},     {"gaps", report.gaps},
                    {"backwards", report.backwards}, {"newest", to_rfc3339(report.newest)}};
  }
  if (report.pruned) {
    out["pruned"] = {{"minimum", report.pruned->range.minimum},
                     {"entry", report.pruned->entry},
                     {"announced", report.pruned->range.announced},
                     {"newest", to_rfc3339(report.pruned->range.newest)}};
  }
  out["recoveries"] = ordered_json::array();
  for (const auto& [entry, what] : report.recoveries) {
    out["recoveries"].push_back({{"entry", entry},
                                 {"database_size", what.database_size},
                                 {"recovered_size", what.recovered_size}});
  }
  out["forks"] = ordered_json::array();
  for (const auto& [entry, what] : report.forks) {
    out["forks"].push_back({{"entry", entry},
                            {"kept_size", what.kept_size},
                            {"old_size", what.old_size},
                            {"old_root", to_base64(what.old_root)}});
  }
  if (report.extends != Extends::kNotAsked) {
    out["extends"] = {{"size", report.since_size}, {"holds", extends_of(report)}};
  }
  if (report.stamp) out["timestamp"] = json_of(*report.stamp);
  return out.dump();
}

std::string to_json(const ErasureReport& report) {
  ordered_json out = json_of(report.report);
  out["erasure"] = {{"request", report.request},
                    {"keys", report.keys},
                    {"destroyed_at", to_rfc3339(report.destroyed_at)},
                    {"closed_in_log", report.is_closed_in_log},
                    {"epoch", nullptr},
                    {"burned_at", nullptr}};
  if (report.epoch) out["erasure"]["epoch"] = *report.epoch;
  if (report.burned_at) out["erasure"]["burned_at"] = to_rfc3339(*report.burned_at);
  return out.dump();
}

std::string to_json(const ReleaseReport& report) {
  ordered_json out = json_of(report.report);
  out["release"] = {{"id", report.release},
                    {"matched", report.matched},
                    {"permitted", report.permitted},
                    {"delivered", nullptr},
                    {"file_checked", report.is_file_checked},
                    {"log_checked", report.is_log_checked}};
  if (report.delivered) out["release"]["delivered"] = *report.delivered;
  return out.dump();
}

std::string to_json(const StampReport& report) {
  ordered_json out = json_of(report.report);
  out["timestamp"] = nullptr;
  if (report.stamp) out["timestamp"] = json_of(*report.stamp);
  return out.dump();
}

std::string to_json(const StateReport& report) {
  ordered_json out = json_of(report.report);
  out["state"] = {{"rows", report.rows},
                  {"removed", report.removed},
                  {"erased", report.erased},
                  {"entries", report.entries},
                  {"not_checked", report.not_checked},
                  {"not_compared", not_compared().view()}};
  return out.dump();
}

}  // namespace assent
