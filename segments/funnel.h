#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consent/reason.h"

namespace assent {

using ReasonCounts = std::map<Reason, std::int64_t>;  // In order of precedence.

// Where the people of a segment went. matched = permitted + all of `denied`; once delivered,
// permitted = delivered + all of `dropped`.
struct Funnel {
  std::int64_t matched = 0;
  std::int64_t permitted = 0;
  ReasonCounts denied;                    // At opening.
  std::optional<std::int64_t> delivered;  // Empty until the delivery is complete.
  ReasonCounts dropped;                   // Between opening and delivery.
  friend bool operator==(const Funnel&, const Funnel&) = default;
};

// Officers and auditors see what is; marketers see counts by which nobody can be singled out.
enum class Viewer { kExact, kRounded };

// A reason's name, or "other" for the small ones together.
using ShownReasons = std::vector<std::pair<std::string, std::int64_t>>;
struct ShownFunnel {
  std::int64_t matched = 0;
  std::int64_t permitted = 0;
  ShownReasons denied;
  std::optional<std::int64_t> delivered;
  ShownReasons dropped;
  friend bool operator==(const ShownFunnel&, const ShownFunnel&) = default;
};

inline constexpr std::int64_t kRoundTo = 5;
inline constexpr std::int64_t kReasonCountMin = 10;  // Smaller ones are told as "other".

// For kRounded: every figure is a multiple of kRoundTo, reasons below kReasonCountMin are folded,
// and the sums of Funnel hold on what is shown. `matched`, `permitted` and `delivered` are what
// shown_count() makes of them: the same figure before and after a delivery and in every other
// answer, for two roundings of one figure would tell more of it than one.
ShownFunnel shown_funnel(const Funnel& funnel, Viewer viewer);
std::int64_t shown_count(std::int64_t exact, Viewer viewer);

}  // namespace assent
