#include <cstdlib>

#include "audit/tlog_proof.h"

// What parses is exactly what would be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = assent::as_text({data, size});
  const auto proof = assent::parse_tlog_proof(text);
  if (proof.ok() && assent::format_tlog_proof(*proof) != text) std::abort();
  return 0;
}
