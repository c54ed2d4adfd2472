#pragma once

#include <cstdint>

#include "core/key_store.h"

namespace assent {

// What proves a consent (a form, a confirmation's head, a scan's digest) is personal and has a key
// of its own for each record, purpose 2: it may outlive the record's fields by
// policies/retention.yaml, and only Vault::open_evidence() reads it.
class EvidenceSealer {
 public:
  static constexpr std::size_t kBytesMax = 64 * 1024;

  // Both must outlive the sealer. Thread-safe.
  EvidenceSealer(KeyStore& keys, Random& random) : keys_(keys), random_(random) {}

  // For ConsentEvent::sealed_evidence. Makes the record's evidence key if there is none, in a
  // commit of its own: call it before the data transaction.
  // kTooLarge  more than kBytesMax.  kUnavailable  the safe is away.
  Result<Bytes> seal(TenantId tenant, RecordId record, EventId event, ByteView evidence) const;

 private:
  KeyStore& keys_;
  Random& random_;
};

// policies/fields.yaml: consent_evidence. Its bit in a grant's mask allows open_evidence().
inline constexpr std::uint16_t kEvidenceField = 25;

}  // namespace assent
