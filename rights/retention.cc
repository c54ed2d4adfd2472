#include "rights/retention.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/digest.h"
#include "core/file.h"

namespace assent {
namespace {

constexpr std::string_view kSchema = "assent-retention/1";
constexpr std::array<std::string_view, 6> kNeeded = {"consent_evidence", "consent_event",
                                                     "suppression",      "erasure_marker",
                                                     "certificate",      "purchase"};
constexpr std::array<std::string_view, 5> kKeys = {"what", "from", "days", "end", "why"};
constexpr std::array<std::string_view, 3> kLogKeys = {"days", "notice_days", "why"};
constexpr std::size_t kFileBytesMax = 1 << 20;
// Order 179 of Roskomnadzor (law.md RU-DEST-04): proof of a destruction is kept for three years.
constexpr int kLogDaysMin = 3 * 366;
constexpr int kLogDaysMax = 100 * 366;
constexpr int kNoticeDaysMin = 30;

Error fault(StaticText reason, const YAML::Node& node) {
  const auto line = static_cast<std::uint64_t>(node.Mark().line + 1);
  return {ErrorCode::kInvalid, reason, Position{line, 0}};
}

std::optional<RetentionEnd> end_of(const std::string& word) {
  if (word == "destroy_key") return RetentionEnd::kDestroyKey;
  if (word == "delete") return RetentionEnd::kDelete;
  if (word == "keep") return RetentionEnd::kKeep;
  return std::nullopt;
}

Status only_keys(const YAML::Node& node, std::span<const std::string_view> known) {
  if (!node.IsMap()) return fault("an entry of retention is no map", node);
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return fault("an unknown key of retention", entry.first);
    }
  }
  return Unit{};
}

// The terms of the log; `longest` is the longest of what hangs on its entries.
Result<RetentionTerms> read_log_terms(const YAML::Node& node, int longest) {
  if (!node) return Error{ErrorCode::kInvalid, "retention lacks the term of the log"};
  if (auto known = only_keys(node, kLogKeys); !known.ok()) return known.error();
  if (!node["days"] || !node["notice_days"] || !node["why"]) {
    return fault("the term of the log lacks days, notice_days or why", node);
  }
  const int days = node["days"].as<int>();
  const int notice = node["notice_days"].as<int>();
  if (days < std::max(longest, kLogDaysMin)) {
    return fault("the log must be kept as long as anything that its entries prove", node["days"]);
  }
  if (notice < kNoticeDaysMin) {
    return fault("a prune of the log is announced at least 30 days before", node["notice_days"]);
  }
  if (days > kLogDaysMax || notice > kLogDaysMax) {
    return fault("the term of the log is longer than a hundred years", node);
  }
  return RetentionTerms{static_cast<std::uint32_t>(days), static_cast<std::uint32_t>(notice)};
}

Result<RetentionTerm> read_term(const YAML::Node& node) {
  if (auto known = only_keys(node, kKeys); !known.ok()) return known.error();
  if (!node["what"] || !node["end"] || !node["why"]) {
    return fault("an entry of retention lacks what, end or why", node);
  }
  RetentionTerm term{node["what"].as<std::string>(), node["from"].as<std::string>(""), std::nullopt,
                     RetentionEnd::kKeep, node["why"].as<std::string>()};
  if (node["days"]) term.days = node["days"].as<int>();
  if (term.days.value_or(0) < 0) return fault("a term of retention is negative", node);
  const auto end = end_of(node["end"].as<std::string>());
  if (!end) return fault("an unknown end of retention", node["end"]);
  term.end = *end;
  return term;
}

}  // namespace

Result<RetentionPolicy> RetentionPolicy::load(const std::filesystem::path& file) {
  RetentionPolicy policy;
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    if (!root.IsMap() || root["schema"].as<std::string>("") != kSchema) {
      return fault("not a retention policy of this version", root);
    }
    for (const auto& node : root["kept"]) {
      auto term = read_term(node);
      if (!term.ok()) return term.error();
      if (policy.find(term->what) != nullptr) return fault("a term of retention twice", node);
      policy.terms_.push_back(std::move(*term));
    }
    auto log = read_log_terms(root["log"], policy.longest_days());
    if (!log.ok()) return log.error();
    policy.log_.terms = *log;
  } catch (const YAML::BadFile&) {
    return Error{ErrorCode::kNotFound, "the retention policy cannot be read"};
  } catch (const YAML::Exception&) {
    return Error{ErrorCode::kInvalid, "the retention policy is not the YAML it should be"};
  }
  for (const std::string_view what : kNeeded) {
    if (policy.find(what) == nullptr) {
      return Error{ErrorCode::kInvalid, "retention lacks a term that erasure needs"};
    }
  }
  if (policy.find("purchase")->end != RetentionEnd::kDelete) {
    return Error{ErrorCode::kInvalid, "purchases of the erased can only be deleted"};
  }
  if (policy.certificate_days() == 0) {
    return Error{ErrorCode::kInvalid, "a certificate needs a term"};
  }
  if (policy.replaced_key_days().value_or(1) < 1) {
    return Error{ErrorCode::kInvalid, "a replaced key is kept for a day at least"};
  }
  const auto text = read_file(file, kFileBytesMax);
  if (!text.ok()) return Error{ErrorCode::kNotFound, "the retention policy cannot be read"};
  policy.log_.policy = sha256(as_bytes(*text));
  return policy;
}

const RetentionTerm* RetentionPolicy::find(std::string_view what) const {
  const auto found = std::find_if(terms_.begin(), terms_.end(),
                                  [what](const RetentionTerm& t) { return t.what == what; });
  return found == terms_.end() ? nullptr : &*found;
}

bool RetentionPolicy::destroys_evidence() const {
  const RetentionTerm* term = find("consent_evidence");
  return term->end != RetentionEnd::kKeep && term->days == 0;
}

int RetentionPolicy::longest_days() const {
  int longest = 0;
  for (const RetentionTerm& term : terms_) longest = std::max(longest, term.days.value_or(0));
  return longest;
}

std::optional<int> RetentionPolicy::replaced_key_days() const {
  const RetentionTerm* term = find("replaced_key");
  return term == nullptr || term->end != RetentionEnd::kDestroyKey ? std::nullopt : term->days;
}

int RetentionPolicy::certificate_days() const {
  return find("certificate")->days.value_or(0);
}

}  // namespace assent
