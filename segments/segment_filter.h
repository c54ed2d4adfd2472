#pragma once

#include <optional>
#include <string>

#include "core/clock.h"
#include "segments/segment_catalogue.h"

namespace assent {

// What segment_profiles() of the database takes; NULL where the segment does not ask.
struct SegmentFilter {
  std::optional<std::string> label;
  std::optional<Date> last_order_before;
};

inline SegmentFilter filter_of(const Segment& segment, Date as_of) {
  if (segment.by_score()) return {segment.name.text(), std::nullopt};
  return {std::nullopt, date_from_days(days_since_epoch(as_of) - segment.no_order_days)};
}

}  // namespace assent
