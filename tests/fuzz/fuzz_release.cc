#include <cstdlib>
#include <sstream>

#include "audit/release_check.h"
#include "core/digest.h"
#include "golden_papers.h"

// Of all texts only the evidence that was written verifies, whatever the delivered file is: that is
// hostile too, and here the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(assent::as_text({data, size}));
  std::istringstream evidence(text);
  const auto report = assent::verify_release(evidence, &assent::golden_policy());
  const bool written = assent::to_hex(assent::sha256({data, size})) == assent::kGoldenEvidence;
  if ((report.report.verdict == assent::LogVerdict::kVerified) != written) std::abort();
  std::istringstream again(text);
  std::istringstream delivered(text);
  const auto of_file = assent::verify_release(again, &assent::golden_policy(), {&delivered});
  if (of_file.report.verdict == assent::LogVerdict::kVerified) std::abort();
  return 0;
}
