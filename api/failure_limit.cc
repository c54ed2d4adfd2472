#include "api/failure_limit.h"

#include <algorithm>
#include <cstring>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::uint64_t kOverflow = 0;  // What the addresses share for whom there is no room.

std::uint64_t short_hash(const SecretKey& key, std::string_view address) {
  const Hash32 hash = blake2b_keyed(key.bytes(), as_bytes(address));
  std::uint64_t out = 0;
  std::memcpy(&out, hash.data(), sizeof out);
  return out;
}

}  // namespace

FailureLimit::FailureLimit(Random& random) : key_(new_secret_key(random)) {}

std::optional<std::int64_t> FailureLimit::failed(std::string_view address, Timestamp now) {
  std::uint64_t name = short_hash(key_, address);
  const std::lock_guard lock(mutex_);
  const std::int64_t elapsed = now.us - began_.us;
  if (failures_.empty() || elapsed < 0 || elapsed >= kWindowUs) {
    failures_.clear();
    began_ = now;
  }
  if (failures_.size() >= kAddressesMax && !failures_.contains(name)) name = kOverflow;
  std::uint32_t& count = failures_[name];
  if (count < kFailuresMax) {
    ++count;
    return std::nullopt;
  }
  const std::int64_t left = began_.us + kWindowUs - now.us;
  return std::max<std::int64_t>(1, (left + kSecondUs - 1) / kSecondUs);
}

}  // namespace assent
