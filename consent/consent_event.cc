#include "consent/consent_event.h"

#include <algorithm>

#include "core/digest.h"

namespace assent {
namespace {

void put_time(Bytes& out, Timestamp at) {
  put_u64(out, static_cast<std::uint64_t>(at.us));
}
void put_flag(Bytes& out, bool flag) {
  out.push_back(flag ? 1 : 0);
}

template <class T, class Write>
void put_optional(Bytes& out, const std::optional<T>& value, Write write) {
  put_flag(out, value.has_value());
  if (value) write(*value);
}

Bytes encode(const ConsentEvent& e) {
  Bytes out;
  put(out, std::string_view("assent.consent_event.v1\0", 24));
  put(out, e.record.view());
  put(out, e.id.view());
  put_u16(out, static_cast<std::uint16_t>(e.purpose));
  out.push_back(e.channel);
  put_optional(out, e.contact, [&](const Tag16& tag) { put(out, tag); });
  out.push_back(static_cast<std::uint8_t>(e.action));
  put_time(out, e.effective_at);
  put_u16(out, static_cast<std::uint16_t>(e.source));
  put_optional(out, e.notice, [&](const Uuid& id) { put(out, id.view()); });
  out.push_back(static_cast<std::uint8_t>(e.method));
  out.push_back(static_cast<std::uint8_t>(e.evidence));
  for (bool flag : {e.separate_document, e.conditional, e.pre_ticked, e.by_verified_holder}) {
    put_flag(out, flag);
  }
  put_optional(out, e.expires_on,
               [&](Date day) { put_u32(out, static_cast<std::uint32_t>(days_since_epoch(day))); });
  put_optional(out, e.sealed_evidence, [&](const Bytes& sealed) { put(out, sha256(sealed)); });
  return out;
}

}  // namespace

bool is_denial(ConsentAction action) {
  return action == ConsentAction::kRefuse || action == ConsentAction::kWithdraw ||
         action == ConsentAction::kObject;
}

EventId derive_event_id(TenantId tenant, RecordId record, std::int16_t source,
                        std::string_view source_event_key) {
  Bytes name;
  put(name, std::string_view("assent.consent_event.id.v1\0", 27));
  put(name, tenant.view());
  put(name, record.view());
  put_u16(name, static_cast<std::uint16_t>(source));
  put(name, source_event_key);
  const Hash32 hash = sha256(name);
  Uuid id;
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);  // Version 8: by a rule.
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return {id};
}

Hash32 row_hash(const ConsentEvent& event) {
  return sha256(encode(event));
}

}  // namespace assent
