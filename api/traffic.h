#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace assent {

// What a server has answered since it started, by the class of the status, and what it refused for
// load. Thread-safe.
class Traffic {
 public:
  static constexpr std::size_t kClasses = 5;  // 1xx to 5xx.

  void answered(int status) {
    const auto index = static_cast<std::size_t>(status / 100 - 1);
    if (index < kClasses) ++classes_[index];
  }
  void refused_for_load() { ++refused_; }

  std::uint64_t of_class(std::size_t index) const { return classes_[index]; }
  std::uint64_t refused() const { return refused_; }

 private:
  std::array<std::atomic<std::uint64_t>, kClasses> classes_{};
  std::atomic<std::uint64_t> refused_ = 0;
};

}  // namespace assent
