#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "core/plaintext.h"
#include "core/random.h"

namespace assent {

// Counts tokens that were refused, by remote address, so that guessing is slow and says so. Keeps a
// keyed hash of an address, never the address, and at most kAddressesMax of them: beyond that all
// new ones share one count until the window ends. Thread-safe.
class FailureLimit {
 public:
  static constexpr std::uint32_t kFailuresMax = 20;  // In a window.
  static constexpr std::int64_t kWindowUs = 60 * kSecondUs;
  static constexpr std::size_t kAddressesMax = 10'000;

  explicit FailureLimit(Random& random);

  // Counts one more failure of `address`. The seconds to wait when it is one too many. A window
  // begins with the first failure after the last one has ended.
  std::optional<std::int64_t> failed(std::string_view address, Timestamp now);

 private:
  SecretKey key_;
  std::mutex mutex_;
  Timestamp began_;
  std::map<std::uint64_t, std::uint32_t> failures_;
};

}  // namespace assent
