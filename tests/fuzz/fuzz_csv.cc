#include <cstdlib>

#include "identity/decode/csv.h"
#include "identity/decode/csv_dialect.h"
#include "identity/decode/encoding.h"

// The first byte chooses encoding and size of the reads. Whatever follows, every row is sound or
// has a fault, lines never go back, and the rows show no more text than the file has.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = assent::as_text({data + 1, size - 1});
  const auto encoding = static_cast<assent::Encoding>(data[0] % 10);
  const std::size_t chunk = 1 + data[0] / 10;
  auto rows = assent::read_csv(
      assent::decode_stream(assent::open_memory(bytes, chunk), encoding),
      assent::detect_delimiter(bytes.substr(0, assent::kDialectSampleBytes)), chunk);
  std::uint64_t last = 0;
  std::size_t shown = 0;
  for (;;) {
    auto row = rows->next();
    if (!row.ok()) std::abort();  // Memory cannot fail to be read.
    if (!row->has_value()) return 0;
    if ((*row)->line() <= last) std::abort();
    last = (*row)->line();
    shown += (*row)->raw().reveal().size();
    if (shown > 3 * size) std::abort();  // One byte of windows-1251 is at most three of UTF-8.
    for (std::size_t i = 0; i < (*row)->columns(); ++i) {
      const std::string_view cell = (*row)->reveal(i);
      if (!(*row)->fault() && assent::first_malformed(cell)) std::abort();
    }
  }
}
