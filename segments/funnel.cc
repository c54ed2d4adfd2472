#include "segments/funnel.h"

namespace assent {
namespace {

ShownReasons shown(const ReasonCounts& counts, Viewer viewer) {
  ShownReasons reasons;
  std::int64_t small = 0;
  for (const auto& [reason, count] : counts) {
    if (viewer == Viewer::kRounded && count < kReasonCountMin) {
      small += count;
    } else {
      reasons.emplace_back(reason_name(reason).view(), shown_count(count, viewer));
    }
  }
  if (small > 0) reasons.emplace_back("other", shown_count(small, viewer));
  return reasons;
}

std::int64_t total(const ShownReasons& reasons) {
  std::int64_t sum = 0;
  for (const auto& [name, count] : reasons) sum += count;
  return sum;
}

}  // namespace

std::int64_t shown_count(std::int64_t exact, Viewer viewer) {
  if (viewer == Viewer::kExact) return exact;
  return (exact + kRoundTo / 2) / kRoundTo * kRoundTo;
}

ShownFunnel shown_funnel(const Funnel& funnel, Viewer viewer) {
  ShownFunnel view;
  view.denied = shown(funnel.denied, viewer);
  view.dropped = shown(funnel.dropped, viewer);
  view.permitted = shown_count(funnel.permitted, viewer);
  if (funnel.delivered) {
    view.delivered = shown_count(*funnel.delivered, viewer);
    view.permitted = *view.delivered + total(view.dropped);
  }
  view.matched = view.permitted + total(view.denied);
  return view;
}

}  // namespace assent
