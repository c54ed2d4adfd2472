#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/db.h"
#include "core/live_keyring.h"
#include "core/sealed.h"
#include "core/tag.h"

namespace assent {

// Keys of one purpose, opened for one act; wiped when it dies. There is no cache behind it.
class KeySet {
 public:
  // `suite`: in which new values are sealed.
  explicit KeySet(Suite suite = Suite::kPoly1305) : suite_(suite) {}

  // nullptr: destroyed, never made, or not asked for. The caller reads the record as erased.
  const SecretKey* find(const Uuid& subject, std::uint32_t version = 1) const;
  // The newest version of the subject's key, and how it seals; {0, nullptr} when there is none.
  std::pair<KeyUse, const SecretKey*> newest(const Uuid& subject) const;
  std::size_t size() const { return keys_.size(); }
  void add(const Uuid& subject, std::uint32_t version, SecretKey key);

 private:
  Suite suite_;
  std::map<std::pair<Uuid, std::uint32_t>, SecretKey> keys_;
};

// Keys of the tenant itself, under purposes 1 and 4.
enum class TenantKey : std::uint8_t {
  kIndexRoot = 1,       // Tags.
  kSuppression = 2,     // Suppression tags; a key of its own.
  kReleaseSigning = 3,  // Ed25519 seed of manifests.
  kReleaseLink = 4      // Hashes one-time links.
};

// Makes, reads and destroys keys in the safe. Thread-safe. Every call is one transaction of its
// own: keys commit before the data that needs them, and a key without a record is swept after 24
// hours. New epochs, and the end of old ones, are followed while it works: keys are wrapped under
// the epoch in use, and no read fails because its wrap has just been replaced.
class KeyStore {
 public:
  // All must outlive the store. `safe` connects as assent_app. `suite`: of new values.
  KeyStore(Database& safe, LiveKeyring& keyring, Random& random, Suite suite = Suite::kPoly1305)
      : safe_(safe), keyring_(keyring), random_(random), suite_(suite) {}

  Suite suite() const { return suite_; }

  // One new key (version 1) for each subject, in one statement. kConflict when one has a key;
  // kUnavailable also when the keyring is older than the safe and its file cannot be opened.
  Result<KeySet> create(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose);
  // The next version of each subject's key, above the newest of `held`, in one statement. kInvalid
  // when one has no key any more, or is erased; kConflict when its next version is there already;
  // kUnavailable as create().
  Result<KeySet> renew(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose,
                       const KeySet& held);
  // What exists of the subjects' keys, all versions.
  Result<KeySet> fetch(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose);

  // The tenant's own keys, made with create_tenant_keys. kNotFound for an unknown tenant.
  Status create_tenant_keys(TenantId tenant);
  Result<SecretKey> tenant_key(TenantId tenant, TenantKey which);
  // The newest version of the index root; 0: there is none.
  Result<std::uint32_t> index_root_version(TenantId tenant);
  // What makes the tenant's tags of these indexes. The errors of tenant_key and TagMaker::make.
  Result<TagMaker> tags(TenantId tenant, const std::vector<std::uint16_t>& index_ids);

 private:
  // False: the keyring is of before an epoch that began.
  Result<bool> store(const Keyring& keyring, TenantId tenant, std::span<const Uuid> subjects,
                     KeyPurpose purpose, const KeySet& keys);
  // Until it is stored under the epoch in use.
  Status store(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose,
               const KeySet& keys);

  Database& safe_;
  LiveKeyring& keyring_;
  Random& random_;
  const Suite suite_;
};

}  // namespace assent
