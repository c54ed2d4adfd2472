#include <cstdlib>

#include "audit/log_policy.h"

// No policy lets an unsigned checkpoint pass for a signed one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = assent::LogPolicy::parse(assent::as_text({data, size}));
  if (!policy.ok()) return 0;
  const assent::SignedCheckpoint unsigned_head{{"cdp.example/acme/log1", 1, {}}, {"text\n", {}}};
  if (policy->check(unsigned_head).log == assent::PolicyCheck::Log::kValid) std::abort();
  return 0;
}
