#include <cstdlib>

#include "core/bytes.h"
#include "identity/decode/encoding.h"
#include "identity/decode/xlsx.h"

// Any bytes are a workbook whose rows are UTF-8 with rising numbers, or are refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto package = assent::XlsxPackage::open(assent::as_text({data, size}));
  if (!package.ok()) return 0;
  auto rows = assent::read_xlsx(*std::move(package));
  if (!rows.ok()) return 0;
  std::uint64_t last = 0;
  for (;;) {
    auto row = (*rows)->next();
    if (!row.ok() || !row->has_value()) return 0;
    if ((*row)->fault()) continue;
    if ((*row)->line() <= last) std::abort();
    last = (*row)->line();
    for (std::size_t i = 0; i < (*row)->columns(); ++i) {
      if (assent::first_malformed((*row)->reveal(i))) std::abort();
    }
  }
}
