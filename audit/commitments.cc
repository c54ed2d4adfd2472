#include "audit/commitments.h"

#include <string_view>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::uint8_t kPermit = 1;
constexpr std::uint16_t kNoReason = 0;

Bytes labelled(std::string_view label) {
  Bytes bytes;
  put(bytes, label);
  bytes.push_back(0);
  return bytes;
}

}  // namespace

Hash32 keys_destroyed_hash(std::span<const Hash32> commitments) {
  Sha256Stream hash;
  hash.update(labelled("assent.keys_destroyed.v1"));
  for (const Hash32& commitment : commitments) hash.update(commitment);
  return hash.finish();
}

Hash32 release_member_hash(const Uuid& release, const Uuid& ref, const Hash32& facts,
                           const Hash32& policies) {
  Bytes bytes = labelled("assent.member.v1");
  put(bytes, release.view());
  put(bytes, ref.view());
  bytes.push_back(kPermit);
  put_u16(bytes, kNoReason);
  put(bytes, facts);
  put(bytes, policies);
  return sha256(bytes);
}

Hash32 release_reasons_hash(const Uuid& release, const Hash32& salt,
                            const std::vector<ReasonCount>& counts) {
  Bytes bytes = labelled("assent.reasons.v1");
  put(bytes, release.view());
  put(bytes, salt);
  for (const ReasonCount& count : counts) {
    put_u16(bytes, count.stage);
    put_u16(bytes, count.reason);
    put_u64(bytes, count.profiles);
  }
  return sha256(bytes);
}

Hash32 sealed_row_entry(std::string_view table, const Uuid& row, const Hash32& row_hash) {
  return sha256(as_bytes(table), row.view(), row_hash);
}

Hash32 removal_hash(std::int32_t position, const Hash32& entry) {
  Bytes place;
  put_u32(place, static_cast<std::uint32_t>(position));
  return sha256(place, entry);
}

}  // namespace assent
