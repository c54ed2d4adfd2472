#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/db.h"
#include "core/keyring.h"
#include "core/sealed.h"
#include "core/tag.h"

namespace assent {

// Keys of one purpose, opened for one act; wiped when it dies. There is no cache behind it.
class KeySet {
 public:
  // nullptr: destroyed, never made, or not asked for. The caller reads the record as erased.
  const SecretKey* find(const Uuid& subject, std::uint32_t version = 1) const;
  // The newest version of the subject's key; {0, nullptr} when there is none.
  std::pair<std::uint32_t, const SecretKey*> newest(const Uuid& subject) const;
  std::size_t size() const { return keys_.size(); }
  void add(const Uuid& subject, std::uint32_t version, SecretKey key);

 private:
  std::map<std::pair<Uuid, std::uint32_t>, SecretKey> keys_;
};

// Keys of the tenant itself, under purposes 1 and 4.
enum class TenantKey : std::uint8_t {
  kIndexRoot = 1,       // Tags.
  kSuppression = 2,     // Suppression tags; a key of its own.
  kReleaseSigning = 3,  // Ed25519 seed of manifests.
  kReleaseLink = 4      // Hashes one-time links.
};

// How many keys of a purpose an epoch wraps.
struct KeyCount {
  std::uint32_t epoch = 0;
  KeyPurpose purpose = KeyPurpose::kFields;
  std::int64_t keys = 0;
  std::uint32_t newest_version = 0;
};

// Makes, reads and destroys keys in the safe. Thread-safe. Every call is one transaction of its
// own: keys commit before the data that needs them, and a key without a record is swept after 24
// hours.
class KeyStore {
 public:
  // All must outlive the store. `safe` connects as assent_app.
  KeyStore(Database& safe, const Keyring& keyring, Random& random)
      : safe_(safe), keyring_(keyring), random_(random) {}

  // One new key (version 1) for each subject, in one statement. kConflict when one has a key.
  Result<KeySet> create(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose);
  // What exists of the subjects' keys, all versions.
  Result<KeySet> fetch(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose);

  // The tenant's own keys, made with create_tenant_keys. kNotFound for an unknown tenant.
  Status create_tenant_keys(TenantId tenant);
  Result<SecretKey> tenant_key(TenantId tenant, TenantKey which);
  // By epoch and purpose. Reads every row of the tenant.
  Result<std::vector<KeyCount>> count(TenantId tenant);
  // What makes the tenant's tags of these indexes. The errors of tenant_key and TagMaker::make.
  Result<TagMaker> tags(TenantId tenant, const std::vector<std::uint16_t>& index_ids);

 private:
  Database& safe_;
  const Keyring& keyring_;
  Random& random_;
};

}  // namespace assent
