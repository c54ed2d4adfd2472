#include <cstdlib>

#include "audit/tile_files.h"

// What is read of a published log, a tile, a bundle of leaves or a path, is written the same again:
// so there is one writing of each, and no path leads anywhere else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = assent::as_text({data, size});
  if (const auto hashes = assent::split_hashes(text); hashes.ok()) {
    if (assent::join_hashes(*hashes) != text) std::abort();
  }
  if (const auto leaves = assent::parse_entries(text); leaves.ok()) {
    const auto again = assent::encode_entries(*leaves);
    if (!again.ok() || *again != text) std::abort();
  }
  if (const auto file = assent::parse_tile_file_path(text)) {
    if (assent::tile_file_path(*file) != text || text.find("..") != std::string_view::npos) {
      std::abort();
    }
  }
  return 0;
}
