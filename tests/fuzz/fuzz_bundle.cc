#include <cstdlib>
#include <sstream>

#include "audit/verifier.h"

// Nobody's key is in this policy, so nothing may verify, whatever it says of itself; and the
// verifier must come to an end within its limits on any input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kPolicy = assent::LogPolicy::parse("quorum none\n");
  const std::string text(assent::as_text({data, size}));
  std::istringstream bundle(text);
  const auto report = assent::verify_bundle(bundle, &*kPolicy, text);
  if (report.report.verdict == assent::LogVerdict::kVerified) std::abort();
  return 0;
}
