#include <cstdlib>
#include <limits>

#include "core/digest.h"
#include "core/field_set.h"

// A field set that opens has at most one field of an id, all under one key, and seals to as much
// again; one record alone opens as it does in its set.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool is_ready = [] {
    assent::crypto_ready();
    return true;
  }();
  if (!is_ready) return 0;
  const assent::SecretKey key(assent::Hash32{7});
  const assent::FieldPlace place;
  const assent::ByteView bytes(data, size);
  const auto alone = assent::field_key_use(bytes);
  if (alone.ok() && alone->suite != assent::Suite::kPoly1305 &&
      alone->suite != assent::Suite::kCommitting) {
    std::abort();
  }
  (void)assent::open_field(key, place, bytes).ok();
  const auto use = assent::field_set_key_use(bytes);
  const auto fields =
      assent::open_field_set(key, place, bytes, std::numeric_limits<std::uint64_t>::max());
  if (!fields.ok() || fields->empty()) return 0;
  if (!use.ok()) std::abort();
  assent::SystemRandom random;
  const auto again = assent::seal_field_set(key, *use, place, *fields, random);
  if (assent::field_set_key_use(again).ok() && *assent::field_set_key_use(again) != *use) {
    std::abort();
  }
  return 0;
}
