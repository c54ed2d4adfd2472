#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "api/roles.h"
#include "core/clock.h"
#include "core/id.h"

namespace assent {

// Whoever may look people up by an address holds an oracle for the keys of the tags: so each token
// has a share of lookups, and one that mostly finds nobody is enumerating (data-protection 5.4).
// Counts by token, from the start of the program. Thread-safe.
class LookupLimit {
 public:
  // Before a lookup, which it counts. The seconds to wait when the token has had its share, or has
  // raised the alarm within this hour.
  std::optional<std::int64_t> admit(const Uuid& token, const LookupShare& share, Timestamp now);
  // After one that found nobody. How many there were in this hour when that raises the alarm:
  // once, until the hour since the first of them has passed.
  std::optional<std::uint32_t> missed(const Uuid& token, const LookupShare& share, Timestamp now);

  std::uint64_t refused() const { return refused_; }
  std::uint64_t alarms() const { return alarms_; }

 private:
  struct Count {
    std::int64_t spent_us = 0;  // Of the minute that a full share lasts: none is a full share.
    Timestamp spent_at;
    std::uint32_t misses = 0;
    Timestamp first_miss;
  };
  static bool is_alarmed(const Count& count, const LookupShare& share, Timestamp now);

  std::mutex mutex_;
  std::map<Uuid, Count> counts_;
  std::atomic<std::uint64_t> refused_ = 0;
  std::atomic<std::uint64_t> alarms_ = 0;
};

}  // namespace assent
