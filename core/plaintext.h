#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace assent {

// Overwrites memory in a way the compiler may not remove.
void wipe(void* at, std::size_t size);

// Frees memory after overwriting it.
template <class T>
struct WipingAllocator {
  using value_type = T;
  WipingAllocator() = default;
  template <class U>
  explicit WipingAllocator(const WipingAllocator<U>&) {}
  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* at, std::size_t n) {
    wipe(at, n * sizeof(T));
    std::allocator<T>().deallocate(at, n);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) { return true; }
};

// Personal data in the clear. Cannot be copied, compared, streamed, formatted or serialised, and is
// wiped when it dies. reveal() is the only way to the bytes: `git grep 'reveal()'` lists every use.
class Plaintext {
 public:
  Plaintext() = default;
  explicit Plaintext(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Plaintext(Plaintext&&) noexcept = default;
  Plaintext& operator=(Plaintext&&) noexcept = default;
  Plaintext(const Plaintext&) = delete;
  Plaintext& operator=(const Plaintext&) = delete;

  std::string_view reveal() const { return {bytes_.data(), bytes_.size()}; }
  bool empty() const { return bytes_.empty(); }
  // A copy is a decision, so it has a name.
  Plaintext duplicate() const { return Plaintext(reveal()); }

  friend std::ostream& operator<<(std::ostream&, const Plaintext&) = delete;
  // GoogleTest dumps the raw bytes of a type it cannot print; this keeps them out of CI logs.
  friend void PrintTo(const Plaintext&, std::ostream* os);

 private:
  std::vector<char, WipingAllocator<char>> bytes_;
};

// A 32-byte secret: wiped when it dies, unprintable, never copied by accident.
class SecretKey {
 public:
  explicit SecretKey(const Hash32& bytes) : bytes_(bytes) {}
  explicit SecretKey(ByteView thirty_two);  // Throws std::invalid_argument on another length.
  ~SecretKey() { wipe(bytes_.data(), bytes_.size()); }
  SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
    wipe(other.bytes_.data(), other.bytes_.size());
  }
  SecretKey& operator=(SecretKey&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_.data(), other.bytes_.size());
    }
    return *this;
  }
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;

  ByteView bytes() const { return bytes_; }
  SecretKey duplicate() const { return SecretKey(bytes_); }

  friend std::ostream& operator<<(std::ostream&, const SecretKey&) = delete;
  friend void PrintTo(const SecretKey&, std::ostream* os);

 private:
  Hash32 bytes_;
};

}  // namespace assent
