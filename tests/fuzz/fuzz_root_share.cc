#include <cstdlib>

#include "core/root_share.h"

// A share that parses has numbers that can be, and its text reads back as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto share = assent::parse_share(assent::as_text({data, size}));
  if (!share.ok()) return 0;
  if (share->threshold < 2 || share->threshold > share->shares) std::abort();
  if (share->number < 1 || share->number > share->shares) std::abort();
  const auto again = assent::parse_share(assent::share_text(*share).reveal());
  if (!again.ok() || !same_set(*again, *share) || again->number != share->number) std::abort();
  return 0;
}
