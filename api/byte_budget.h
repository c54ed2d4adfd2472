#pragma once

#include <atomic>
#include <cstddef>
#include <optional>

// Private to the room.
namespace assent {

// Bytes of memory that all connections share for the bodies they read. Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(std::size_t bytes) : left_(bytes) {}

  // Gives its bytes back when it dies.
  class Share {
   public:
    Share(ByteBudget& of, std::size_t bytes) : of_(of), bytes_(bytes) {}
    ~Share() { of_.left_ += bytes_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    ByteBudget& of_;
    const std::size_t bytes_;
  };

  // Empty, and nothing taken, when fewer are left.
  void take(std::size_t bytes, std::optional<Share>& share) {
    std::size_t left = left_;
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes)) {
        share.emplace(*this, bytes);
        return;
      }
    }
  }

 private:
  std::atomic<std::size_t> left_;
};

}  // namespace assent
