#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

// Private to the room.
namespace assent {

enum class Admission { kAdmitted, kRefused, kDropped };

// How many connections there are. Thread-safe. Refused ones get their 503 before they go, and count
// until then.
class ConnectionCount {
 public:
  static constexpr std::size_t kRefusedMax = 256;

  explicit ConnectionCount(std::size_t admitted_max) : admitted_max_(admitted_max) {}
  Admission enter();  // kDropped is not counted.
  void leave();
  // True when none is left within `patience`.
  bool wait_until_none(std::chrono::milliseconds patience);
  std::size_t now();

 private:
  const std::size_t admitted_max_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

}  // namespace assent
