// A backup comes from a disk that anybody may have had. The key is fixed: what follows the head is
// the fuzzer's.
#include <cstdint>
#include <sstream>
#include <string>

#include "core/digest.h"
#include "core/sealed_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assent;
  crypto_ready();
  static const SecretKey identity(Hash32{1});
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  SealedReader reader(in);
  if (!reader.open(identity).ok()) return 0;
  for (;;) {
    const auto section = reader.next_section();
    if (!section.ok() || !*section) return 0;
    for (;;) {
      const auto part = reader.read();
      if (!part.ok()) return 0;
      if (part->empty()) break;
    }
  }
}
