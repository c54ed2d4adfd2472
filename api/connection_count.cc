#include "connection_count.h"

namespace assent {

Admission ConnectionCount::enter() {
  const std::lock_guard lock(mutex_);
  if (count_ >= admitted_max_ + kRefusedMax) return Admission::kDropped;
  return ++count_ > admitted_max_ ? Admission::kRefused : Admission::kAdmitted;
}

void ConnectionCount::leave() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

bool ConnectionCount::wait_until_none(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, patience, [this] { return count_ == 0; });
}

std::size_t ConnectionCount::now() {
  const std::lock_guard lock(mutex_);
  return count_;
}

}  // namespace assent
