#include <cstdlib>
#include <fstream>
#include <iterator>

#include "audit/stamp.h"
#include "core/digest.h"

namespace {

std::string golden(const char* name) {
  std::ifstream in(std::string(ASSENT_SOURCE_DIR "/tests/golden/timestamp/") + name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

// Whatever is made of the corpus: what the authority's certificate proves is a stamp of the one
// checkpoint that it stamped.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto trusted = assent::TsaCertificates::parse(golden("ca.pem"));
  static const auto stamped = assent::sha256(assent::as_bytes(golden("log.checkpoint")));
  if (!trusted.ok()) std::abort();
  const std::string_view der = assent::as_text({data, size});
  const auto stamp = assent::parse_stamp(der);
  const auto signer = assent::signer_of_stamp(der, *trusted);
  const bool is_proved = signer.state == assent::StampSigner::State::kProved;
  if (!stamp.ok()) {
    if (is_proved) std::abort();
    return 0;
  }
  if (stamp->not_later_than < stamp->at || stamp->at.us < 0) std::abort();
  if (!assent::is_policy_oid(stamp->policy)) std::abort();
  if (is_proved && stamp->imprint != stamped) std::abort();
  (void)assent::TsaCertificates::parse(der);
  return 0;
}
