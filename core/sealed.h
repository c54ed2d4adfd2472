#pragma once

#include <cstdint>

#include "core/bytes.h"
#include "core/id.h"
#include "core/plaintext.h"
#include "core/random.h"
#include "core/result.h"

// The byte formats of keys and fields (docs/formats.md, version 1). Everything is big-endian and of
// fixed width; known answers stand in tests/golden/crypto/kat_v1.json. Pure functions, thread-safe.
namespace assent {

enum class KeyPurpose : std::uint8_t {
  kFields = 0,           // Destroyed by erasure.
  kIndexRoot = 1,        // Blind indexes and suppression of a tenant.
  kConsentEvidence = 2,  // Ends by policies/retention.yaml; officer only.
  kCertificate = 3,      // Three years.
  kTenantSecret = 4,
  kEpoch = 5  // An epoch KEK under the root key.
};

// Names one version of one key. `subject` is the record (or another keyed unit), or nil.
struct KeyName {
  Uuid tenant;
  Uuid subject;
  std::uint32_t version = 1;
  KeyPurpose purpose = KeyPurpose::kFields;
};

inline constexpr std::size_t kWrappedKeyBytes = 78;

// How a field record is made; its header names it. Wrapped keys are of the first only: what commits
// to them stands beside them.
enum class Suite : std::uint8_t {
  kPoly1305 = 1,   // XChaCha20-Poly1305.
  kCommitting = 2  // XChaCha20, then BLAKE2b-256: no record opens under two keys.
};

// What a field record's header names: which version of the key seals it, and how.
struct KeyUse {
  constexpr KeyUse(std::uint32_t of_version = 1, Suite by_suite = Suite::kPoly1305)
      : version(of_version), suite(by_suite) {}
  std::uint32_t version;
  Suite suite;
  friend bool operator==(const KeyUse&, const KeyUse&) = default;
};

// BLAKE2b-256 under the key itself; stands in its row, in the wrap's AAD and in the log, so a wrap
// opens to exactly one key.
Hash32 key_commitment(const SecretKey& key, const KeyName& name);

Bytes wrap_key(const SecretKey& kek, std::uint32_t kek_epoch, const KeyName& name,
               const SecretKey& key, Random& random);
// kCorrupt when the bytes are not a wrap, are moved to another name, or the KEK is another one.
Result<SecretKey> unwrap_key(const SecretKey& kek, const KeyName& name, ByteView wrapped,
                             const Hash32& commitment);
// The epoch that a wrap names in its header; kCorrupt when it is not a wrap.
Result<std::uint32_t> wrapped_epoch(ByteView wrapped);

enum class FieldType : std::uint8_t { kNull = 0, kText = 1, kInt64 = 2, kDate = 3, kBytes = 4 };

// The place a field record is bound to: moved anywhere else, it does not open.
struct FieldPlace {
  Uuid tenant;
  Uuid subject;
  std::uint16_t field_id = 0;  // policies/fields.yaml, fixed for ever.
  Uuid row;
  std::uint16_t schema_version = 1;
};

// 46 bytes of overhead, 62 of the committing suite; the plaintext is padded (ISO 7816-4) to 32,
// above 128 to 64, above 1024 to 256 bytes. docs/data-model.md has every byte.
Bytes seal_field(const SecretKey& dek, KeyUse use, const FieldPlace& place, FieldType type,
                 ByteView value, Random& random);

struct OpenedField {
  FieldType type;
  Plaintext value;
};
// The suite is the header's, the key the one that its header names: nothing is tried.
// kCorrupt when `record` is not a field record of format 1 and a suite that is known, was sealed
// for another place or key, or was changed. Never "legacy plaintext".
Result<OpenedField> open_field(const SecretKey& dek, const FieldPlace& place, ByteView record);
// What a field record names in its header; kCorrupt as open_field.
Result<KeyUse> field_key_use(ByteView record);
// The version of it.
Result<std::uint32_t> field_key_version(ByteView record);

}  // namespace assent
