#include "segments/funnel.h"

#include <algorithm>

namespace assent {
namespace {

ShownReasons exact(const ReasonCounts& counts) {
  ShownReasons reasons;
  for (const auto& [reason, count] : counts)
    reasons.emplace_back(reason_name(reason).view(), count);
  return reasons;
}

ShownReasons without_small(const ReasonCounts& counts) {
  ShownReasons reasons;
  std::int64_t small = 0;
  for (const auto& [reason, count] : counts) {
    if (count < kReasonCountMin) {
      small += count;
    } else {
      reasons.emplace_back(reason_name(reason).view(), count);
    }
  }
  if (small > 0) reasons.emplace_back("other", small);
  return reasons;
}

// Rounded parts of a rounded whole: each goes down, and what is left of `whole` goes to those that
// lost most. As the whole is rounded from their sum, none has to go up by more than one step.
ShownReasons shown(const ReasonCounts& counts, std::int64_t whole) {
  ShownReasons reasons = without_small(counts);
  std::vector<std::pair<std::int64_t, std::size_t>> lost;
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    lost.emplace_back(-(reasons[i].second % kRoundTo), i);
    reasons[i].second -= reasons[i].second % kRoundTo;
    whole -= reasons[i].second;
  }
  std::ranges::sort(lost);
  for (const auto& [remainder, i] : lost) {
    if (whole < kRoundTo) break;
    reasons[i].second += kRoundTo;
    whole -= kRoundTo;
  }
  // That it is named at all would tell that somebody is there.
  std::erase_if(reasons, [](const auto& reason) { return reason.second == 0; });
  return reasons;
}

}  // namespace

std::int64_t shown_count(std::int64_t exact, Viewer viewer) {
  if (viewer == Viewer::kExact) return exact;
  return (exact + kRoundTo / 2) / kRoundTo * kRoundTo;
}

ShownFunnel shown_funnel(const Funnel& funnel, Viewer viewer) {
  ShownFunnel view;
  view.matched = shown_count(funnel.matched, viewer);
  view.permitted = shown_count(funnel.permitted, viewer);
  if (funnel.delivered) view.delivered = shown_count(*funnel.delivered, viewer);
  if (viewer == Viewer::kExact) {
    view.denied = exact(funnel.denied);
    view.dropped = exact(funnel.dropped);
    return view;
  }
  view.denied = shown(funnel.denied, view.matched - view.permitted);
  if (view.delivered) view.dropped = shown(funnel.dropped, view.permitted - *view.delivered);
  return view;
}

}  // namespace assent
