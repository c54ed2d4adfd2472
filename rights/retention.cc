#include "rights/retention.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace assent {
namespace {

constexpr std::string_view kSchema = "assent-retention/1";
constexpr std::array<std::string_view, 6> kNeeded = {"consent_evidence", "consent_event",
                                                     "suppression",      "erasure_marker",
                                                     "certificate",      "purchase"};
constexpr std::array<std::string_view, 5> kKeys = {"what", "from", "days", "end", "why"};

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

Result<RetentionTerm> read_term(const YAML::Node& node) {
  if (!node.IsMap()) return fault("an entry of retention is no map", node);
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      return fault("an unknown key of retention", entry.first);
    }
  }
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

int RetentionPolicy::certificate_days() const {
  return find("certificate")->days.value_or(0);
}

}  // namespace assent
