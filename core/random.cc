#include "core/random.h"

#include <sodium.h>

namespace assent {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  randombytes_buf(out.data(), out.size());
}

SecretKey new_secret_key(Random& random) {
  Hash32 bytes{};
  random.fill(bytes);
  SecretKey key(bytes);
  wipe(bytes.data(), bytes.size());
  return key;
}

}  // namespace assent
