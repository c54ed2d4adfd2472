#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/plaintext.h"

namespace assent {

// Where unpredictable bytes come from. Injected; implementations are thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// The kernel's generator through libsodium. Requires crypto_ready() (digest.h).
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// A new key that nobody knows.
SecretKey new_secret_key(Random& random);

}  // namespace assent
