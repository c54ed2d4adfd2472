#include "core/tag.h"

#include <algorithm>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::string_view kIndexContext = "cdpbidx1";
constexpr std::uint16_t kContentIndex = 0;  // No field has index 0.

SecretKey index_key(const SecretKey& root, std::uint16_t index_id) {
  const std::uint64_t id = (std::uint64_t{index_id} << 16) | TagMaker::kIndexVersion;
  return derive_key(root.bytes(), id, kIndexContext);
}

Bytes index_prefix(std::uint16_t index_id) {
  Bytes prefix;
  put_u16(prefix, index_id);
  return prefix;
}

Tag16 first16(const Hash32& hash) {
  Tag16 tag{};
  std::copy_n(hash.begin(), tag.size(), tag.begin());
  return tag;
}

}  // namespace

Result<TagMaker> TagMaker::make(KeySlab& slab, const SecretKey& index_root,
                                SecretKey suppression_key,
                                const std::vector<std::uint16_t>& index_ids) {
  TagMaker tags;
  auto suppression = slab.keep(std::move(suppression_key));
  if (!suppression.ok()) return suppression.error();
  tags.suppression_key_ = std::move(*suppression);
  auto content = slab.keep(index_key(index_root, kContentIndex));
  if (!content.ok()) return content.error();
  tags.content_key_ = std::move(*content);
  for (std::uint16_t id : index_ids) {
    auto key = slab.keep(index_key(index_root, id));
    if (!key.ok()) return key.error();
    tags.index_keys_.emplace(id, std::move(*key));
  }
  return tags;
}

Tag16 TagMaker::tag(std::uint16_t index_id, std::string_view normalized) const {
  return first16(blake2b_keyed(index_keys_.at(index_id)->bytes(), index_prefix(index_id),
                               as_bytes(normalized)));
}

Hash32 TagMaker::suppression_tag(std::uint16_t index_id, std::string_view normalized) const {
  return blake2b_keyed(suppression_key_->bytes(), index_prefix(index_id), as_bytes(normalized));
}

Tag16 TagMaker::content_tag(std::string_view label, ByteView content) const {
  Bytes prefix;
  put(prefix, label);
  prefix.push_back(0);
  return first16(blake2b_keyed(content_key_->bytes(), prefix, content));
}

}  // namespace assent
