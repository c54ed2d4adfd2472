#pragma once

#include <atomic>

#include "core/clock.h"

namespace assent {

// A clock that stands still until it is moved. Starts on 2026-11-21T10:00:00Z.
class FakeClock final : public Clock {
 public:
  Timestamp now() const override { return {us_.load()}; }
  void advance_us(std::int64_t us) { us_ += us; }
  void advance_days(int days) { us_ += days * kDayUs; }
  void set(Timestamp at) { us_ = at.us; }

 private:
  std::atomic<std::int64_t> us_{1'795'255'200LL * kSecondUs};
};

}  // namespace assent
