#include <cstdlib>

#include "audit/leaf.h"

// What decodes is exactly what would be encoded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const assent::ByteView bytes(data, size);
  const auto leaf = assent::decode(bytes);
  if (leaf.ok() && assent::encode(*leaf) != assent::Bytes(bytes.begin(), bytes.end())) std::abort();
  return 0;
}
