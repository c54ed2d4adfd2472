#include "core/random.h"

#include <sodium.h>

namespace assent {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  randombytes_buf(out.data(), out.size());
}

}  // namespace assent
