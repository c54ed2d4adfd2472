#include "core/key_slab.h"

#include <sodium.h>

#include <exception>
#include <new>
#include <numeric>

namespace assent {

void ReleaseKey::operator()(const SecretKey* key) const {
  slab->release(key);
}

// While it lives the memory may be written. That a page of ours changes its rights cannot fail but
// by a fault of this program, and then no key may stay where it should not.
class KeySlab::Writable {
 public:
  explicit Writable(void* memory) : memory_(memory) {
    if (sodium_mprotect_readwrite(memory_) != 0) std::terminate();
  }
  ~Writable() {
    if (sodium_mprotect_readonly(memory_) != 0) std::terminate();
  }
  Writable(const Writable&) = delete;
  Writable& operator=(const Writable&) = delete;

 private:
  void* memory_;
};

Result<std::unique_ptr<KeySlab>> KeySlab::make(std::size_t bytes) {
  const Error refused{ErrorCode::kUnavailable,
                      "the memory of the keys cannot be locked against swapping"};
  const std::size_t places = bytes / sizeof(SecretKey);
  void* memory = sodium_malloc(places * sizeof(SecretKey));
  if (memory == nullptr) return refused;
  if (sodium_mlock(memory, places * sizeof(SecretKey)) != 0) {
    sodium_free(memory);
    return refused;
  }
  return std::unique_ptr<KeySlab>(new KeySlab(memory, places));
}

KeySlab::KeySlab(void* memory, std::size_t places)
    : memory_(static_cast<SecretKey*>(memory)), places_(places), free_(places) {
  static_assert(sizeof(SecretKey) == 32 && alignof(SecretKey) == 1);
  std::iota(free_.rbegin(), free_.rend(), 0);
  const Writable now(memory_);  // And read-only from its end on.
}

KeySlab::~KeySlab() {
  sodium_free(memory_);
}

Result<KeptKey> KeySlab::keep(SecretKey key) {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    return Error{ErrorCode::kTooLarge, "the locked memory of the keys is full"};
  }
  SecretKey* const place = memory_ + free_.back();
  free_.pop_back();
  const Writable now(memory_);
  return KeptKey(new (place) SecretKey(std::move(key)), ReleaseKey{this});
}

std::size_t KeySlab::size() const {
  const std::lock_guard lock(mutex_);
  return places_ - free_.size();
}

void KeySlab::release(const SecretKey* key) {
  const std::lock_guard lock(mutex_);
  const Writable now(memory_);
  const_cast<SecretKey*>(key)->~SecretKey();
  free_.push_back(static_cast<std::uint32_t>(key - memory_));
}

}  // namespace assent
