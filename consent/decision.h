#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consent/reason.h"
#include "core/bytes.h"
#include "core/clock.h"

namespace assent {

// Which policy took part in a decision: id, version and SHA-256 of the file's bytes.
struct PolicyRef {
  std::string id;
  std::string version;
  Hash32 sha256{};
  friend bool operator==(const PolicyRef&, const PolicyRef&) = default;
};

enum class Verdict : std::uint8_t { kDeny = 0, kPermit = 1 };

// The engine's answer. Pseudonymous: it may be stored and logged.
struct Decision {
  Verdict outcome = Verdict::kDeny;
  Reason reason = Reason::kNoPolicy;   // The one that takes precedence; kOk when permitted.
  std::vector<Reason> reasons;         // Every reason to deny, in order of precedence; no doubles.
  std::vector<std::string> citations;  // Of the rule behind each of `reasons`.
  std::string citation;                // Of the rule that gave `reason`; empty for kNoPolicy.
  std::vector<PolicyRef> policies;     // Those that were applied, in the order of their ids.
  Hash32 policy_hash{};                // Of the whole set, PolicySet::hash().
  // The first day on which the answer may differ although no fact changes: a consent ends, a rule
  // or a policy begins or ends, a birthday. Empty = no such day is known.
  std::optional<Date> until;

  bool permitted() const { return outcome == Verdict::kPermit; }
  friend bool operator==(const Decision&, const Decision&) = default;
};

}  // namespace assent
