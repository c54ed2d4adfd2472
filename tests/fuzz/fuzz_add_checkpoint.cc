#include <cstdlib>

#include "audit/witness_request.h"

// The form has one spelling: what parses is written again to the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = assent::as_text({data, size});
  const auto request = assent::parse_add_checkpoint(body);
  if (!request.ok()) return 0;
  if (request->proof.size() > assent::kProofHashesMax) std::abort();
  const std::string head = assent::format_add_checkpoint(request->old_size, request->proof, "");
  if (!body.starts_with(head)) std::abort();
  if (!body.substr(head.size()).starts_with(request->head.note.text)) std::abort();
  return 0;
}
