#include <cstdlib>

#include "audit/erasure_check.h"
#include "core/digest.h"
#include "golden_papers.h"

// Every byte of a certificate is under the log's signature: of all texts only the one that was
// issued verifies, and every other one comes to an end.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = assent::as_text({data, size});
  const auto report = assent::verify_erasure(text, &assent::golden_policy());
  const bool issued = assent::to_hex(assent::sha256({data, size})) == assent::kGoldenCertificate;
  if ((report.report.verdict == assent::LogVerdict::kVerified) != issued) std::abort();
  return 0;
}
