#include <cstdlib>

#include "core/keyring_file.h"

// A keyring that parses has epochs in order, and its text reads back as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keyring = assent::parse_keyring(assent::as_text({data, size}));
  if (!keyring.ok()) return 0;
  std::uint32_t last = 0;
  for (const auto& epoch : keyring->epochs) {
    if (epoch.number <= last) std::abort();
    last = epoch.number;
  }
  if (last == 0) std::abort();
  if (keyring->installation.is_nil()) return 0;  // Of before: written in the new form only.
  const std::string text = assent::keyring_text(*keyring);
  const auto again = assent::parse_keyring(text);
  if (!again.ok() || assent::keyring_text(*again) != text) std::abort();
  return 0;
}
