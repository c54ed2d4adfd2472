#include "consent/evidence.h"

namespace assent {

Result<Bytes> EvidenceSealer::seal(TenantId tenant, RecordId record, EventId event,
                                   ByteView evidence) const {
  if (evidence.size() > kBytesMax) return Error{ErrorCode::kTooLarge, "evidence is too large"};
  auto keys = keys_.fetch(tenant, {&record.value, 1}, KeyPurpose::kConsentEvidence);
  if (keys.ok() && keys->size() == 0) {
    keys = keys_.create(tenant, {&record.value, 1}, KeyPurpose::kConsentEvidence);
  }
  if (!keys.ok()) return keys.error();
  const auto [version, key] = keys->newest(record.value);
  const FieldPlace place{tenant.value, record.value, kEvidenceField, event.value};
  return seal_field(*key, version, place, FieldType::kBytes, evidence, random_);
}

}  // namespace assent
