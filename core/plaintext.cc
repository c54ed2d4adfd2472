#include "core/plaintext.h"

#include <algorithm>
#include <ostream>
#include <stdexcept>

namespace assent {

void PrintTo(const Plaintext&, std::ostream* os) {
  *os << "[redacted]";
}
void PrintTo(const SecretKey&, std::ostream* os) {
  *os << "[redacted]";
}

SecretKey::SecretKey(ByteView thirty_two) : bytes_{} {
  if (thirty_two.size() != bytes_.size()) throw std::invalid_argument("a key has 32 bytes");
  std::copy(thirty_two.begin(), thirty_two.end(), bytes_.begin());
}

}  // namespace assent
