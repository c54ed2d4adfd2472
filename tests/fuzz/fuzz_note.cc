#include <cstdlib>

#include "audit/checkpoint.h"

// A note that parses has a text inside its bytes, and a signature of somebody unknown is absent.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = assent::as_text({data, size});
  const auto head = assent::parse_signed_checkpoint(text);
  if (!head.ok()) return 0;
  if (!text.starts_with(head->note.text) || head->note.signatures.empty()) std::abort();
  const auto stranger =
      assent::verifier_key(head->checkpoint.origin, assent::kEd25519Type, assent::Hash32{});
  if (check_signature(head->note, stranger).state == assent::SignatureState::kValid) std::abort();
  return 0;
}
