#pragma once

#include <algorithm>

#include "core/clock.h"

namespace assent {

// How long somebody is left alone after a failure: a second, then twice as long after each, up to
// `max_us`. Times are those of a SteadyClock.
class Pause {
 public:
  explicit Pause(std::int64_t max_us) : max_us_(max_us) {}
  bool over(Timestamp now) const { return until_ <= now; }
  void lengthen(Timestamp now) {
    length_us_ = std::clamp(2 * length_us_, kSecondUs, max_us_);
    until_ = {now.us + length_us_};
  }
  void end() { *this = Pause(max_us_); }

 private:
  std::int64_t max_us_;
  std::int64_t length_us_ = 0;
  Timestamp until_ = {};
};

}  // namespace assent
