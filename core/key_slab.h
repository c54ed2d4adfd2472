#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "core/plaintext.h"
#include "core/result.h"

namespace assent {

class KeySlab;

// Wipes a key that lies in a slab and frees its place.
struct ReleaseKey {
  KeySlab* slab = nullptr;
  void operator()(const SecretKey* key) const;
};
// A key in a slab, which must outlive it. Reading it costs what reading any memory costs.
using KeptKey = std::unique_ptr<const SecretKey, ReleaseKey>;

// The memory of the keys that live as long as a process: epoch keys, index keys, the key of the
// tokens. One block, locked against swapping, left out of core files, between guard pages, and
// read-only but for the moment in which a key comes or goes. Thread-safe.
// Source: data-protection 8 (sodium_malloc ignores an mlock that fails, so it is asked again).
class KeySlab {
 public:
  static constexpr std::size_t kBytes = std::size_t{2} * 1024 * 1024;  // 65,536 keys.

  // kUnavailable  the system refuses to lock that much: the limit is RLIMIT_MEMLOCK.
  static Result<std::unique_ptr<KeySlab>> make(std::size_t bytes = kBytes);
  ~KeySlab();
  KeySlab(const KeySlab&) = delete;
  KeySlab& operator=(const KeySlab&) = delete;

  // kTooLarge when every place is taken.
  Result<KeptKey> keep(SecretKey key);
  // How many keys lie here.
  std::size_t size() const;

 private:
  friend struct ReleaseKey;
  class Writable;
  KeySlab(void* memory, std::size_t places);
  void release(const SecretKey* key);

  SecretKey* const memory_;
  const std::size_t places_;
  mutable std::mutex mutex_;
  std::vector<std::uint32_t> free_;
};

}  // namespace assent
