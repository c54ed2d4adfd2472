#include "core/key_store.h"

#include <array>

namespace assent {
namespace {

constexpr StaticText kStoreKeys = "SELECT store_keys($1, $2, $3, $4, $5, $6)";
constexpr StaticText kStoreVersions = "SELECT store_key_versions($1, $2, $3, $4, $5, $6, $7)";

constexpr StaticText kSelectKeys = R"sql(
  SELECT subject, dek_version, wrapped, dek_commit FROM subject_key
   WHERE tenant = $1 AND purpose = $2 AND subject = ANY($3::uuid[])
)sql";

constexpr StaticText kNewestVersion = R"sql(
  SELECT coalesce(max(dek_version), 0) FROM subject_key
   WHERE tenant = $1 AND subject = $2 AND purpose = $3
)sql";

constexpr std::array kTenantKeys = {TenantKey::kIndexRoot, TenantKey::kSuppression,
                                    TenantKey::kReleaseSigning, TenantKey::kReleaseLink};

KeyPurpose purpose_of(TenantKey which) {
  return which == TenantKey::kIndexRoot || which == TenantKey::kSuppression
             ? KeyPurpose::kIndexRoot
             : KeyPurpose::kTenantSecret;
}

// How often a look at the safe is repeated because an epoch came or went meanwhile.
constexpr int kAttempts = 3;

bool has_epochs_of(const Keyring& keyring, const Rows& rows) {
  for (const auto& row : rows) {
    if (!keyring.has_epoch_of(row.view(2))) return false;
  }
  return true;
}

Result<KeySet> open_rows(const Keyring& keyring, TenantId tenant, KeyPurpose purpose,
                         const Rows& rows, Suite suite) {
  KeySet keys(suite);
  for (const auto& row : rows) {
    const auto version = static_cast<std::uint32_t>(row.integer(1));
    auto key =
        keyring.unwrap({tenant.value, row.uuid(0), version, purpose}, row.view(2), row.hash(3));
    if (!key.ok()) return key.error();
    keys.add(row.uuid(0), version, std::move(*key));
  }
  return keys;
}

// The index root is the tenant's own row; the others have fixed names beside it.
Uuid subject_of(TenantId tenant, TenantKey which) {
  if (which == TenantKey::kIndexRoot) return tenant.value;
  Uuid name;
  name.bytes[15] = static_cast<std::uint8_t>(which);
  return name;
}

}  // namespace

const SecretKey* KeySet::find(const Uuid& subject, std::uint32_t version) const {
  const auto found = keys_.find({subject, version});
  return found == keys_.end() ? nullptr : &found->second;
}

std::pair<KeyUse, const SecretKey*> KeySet::newest(const Uuid& subject) const {
  auto after = keys_.upper_bound({subject, UINT32_MAX});
  if (after == keys_.begin()) return {0, nullptr};
  --after;
  if (after->first.first != subject) return {0, nullptr};
  return {{after->first.second, suite_}, &after->second};
}

void KeySet::add(const Uuid& subject, std::uint32_t version, SecretKey key) {
  keys_.emplace(std::make_pair(subject, version), std::move(key));
}

Result<bool> KeyStore::store(const Keyring& keyring, TenantId tenant,
                             std::span<const Uuid> subjects, KeyPurpose purpose,
                             const KeySet& keys) {
  std::vector<std::int32_t> versions;
  std::vector<Bytes> wrapped;
  std::vector<Hash32> commitments;
  for (const Uuid& subject : subjects) {
    const auto [use, key] = keys.newest(subject);
    const KeyName name{tenant.value, subject, use.version, purpose};
    versions.push_back(static_cast<std::int32_t>(use.version));
    wrapped.push_back(keyring.wrap(name, *key, random_));
    commitments.push_back(key_commitment(*key, name));
  }
  const std::vector<Uuid> ids(subjects.begin(), subjects.end());
  const auto epoch = static_cast<std::int32_t>(keyring.current_epoch());
  const bool is_first = versions.front() == 1;
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<bool> {
    const Param of_purpose = static_cast<std::int16_t>(purpose);
    const Rows stored =
        is_first
            ? tx.query(kStoreKeys, {Param::array(ids), of_purpose, epoch, Param::array(wrapped),
                                    Param::array(commitments), tx.now()})
            : tx.query(kStoreVersions,
                       {Param::array(ids), of_purpose, Param::array(versions), epoch,
                        Param::array(wrapped), Param::array(commitments), tx.now()});
    return stored[0].flag(0);
  });
}

Status KeyStore::store(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose,
                       const KeySet& keys) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const auto stored = store(*keyring_.now(), tenant, subjects, purpose, keys);
    if (!stored.ok()) return stored.error();
    if (*stored) return Unit{};  // Else an epoch began since we looked.
  }
  return Error{ErrorCode::kUnavailable,
               "the keyring of this process is older than the safe: it cannot be read anew"};
}

Result<KeySet> KeyStore::create(TenantId tenant, std::span<const Uuid> subjects,
                                KeyPurpose purpose) {
  KeySet keys(suite_);
  if (subjects.empty()) return keys;
  for (const Uuid& subject : subjects) keys.add(subject, 1, new_secret_key(random_));
  if (auto stored = store(tenant, subjects, purpose, keys); !stored.ok()) return stored.error();
  return keys;
}

Result<KeySet> KeyStore::renew(TenantId tenant, std::span<const Uuid> subjects, KeyPurpose purpose,
                               const KeySet& held) {
  KeySet keys(suite_);
  if (subjects.empty()) return keys;
  for (const Uuid& subject : subjects) {
    const auto [use, key] = held.newest(subject);
    if (key == nullptr) return Error{ErrorCode::kInvalid, "a unit has no key to renew"};
    keys.add(subject, use.version + 1, new_secret_key(random_));
  }
  if (auto stored = store(tenant, subjects, purpose, keys); !stored.ok()) return stored.error();
  return keys;
}

Result<KeySet> KeyStore::fetch(TenantId tenant, std::span<const Uuid> subjects,
                               KeyPurpose purpose) {
  if (subjects.empty()) return KeySet(suite_);
  const std::vector<Uuid> ids(subjects.begin(), subjects.end());
  for (int attempt = 1;; ++attempt) {
    const auto rows = in_tx(safe_, tenant, [&](Tx& tx) -> Result<Rows> {
      return tx.query(kSelectKeys, {tenant, static_cast<std::int16_t>(purpose), Param::array(ids)});
    });
    if (!rows.ok()) return rows.error();
    const auto keyring = keyring_.now();
    // What lost its epoch between the two looks was wrapped anew before.
    if (attempt < kAttempts && !has_epochs_of(*keyring, *rows)) continue;
    return open_rows(*keyring, tenant, purpose, *rows, suite_);
  }
}

Status KeyStore::create_tenant_keys(TenantId tenant) {
  for (TenantKey which : kTenantKeys) {
    const std::array subjects{subject_of(tenant, which)};
    auto made = create(tenant, subjects, purpose_of(which));
    if (!made.ok()) return made.error();
  }
  return Unit{};
}

Result<SecretKey> KeyStore::tenant_key(TenantId tenant, TenantKey which) {
  const std::array subjects{subject_of(tenant, which)};
  auto keys = fetch(tenant, subjects, purpose_of(which));
  if (!keys.ok()) return keys.error();
  const auto [version, key] = keys->newest(subjects[0]);
  if (key == nullptr) return Error{ErrorCode::kNotFound, "the tenant has no such key"};
  return key->duplicate();
}

Result<std::uint32_t> KeyStore::index_root_version(TenantId tenant) {
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::uint32_t> {
    const Rows rows =
        tx.query(kNewestVersion, {tenant, subject_of(tenant, TenantKey::kIndexRoot),
                                  static_cast<std::int16_t>(purpose_of(TenantKey::kIndexRoot))});
    return static_cast<std::uint32_t>(rows[0].integer(0));
  });
}

Result<TagMaker> KeyStore::tags(TenantId tenant, const std::vector<std::uint16_t>& index_ids) {
  auto root = tenant_key(tenant, TenantKey::kIndexRoot);
  if (!root.ok()) return root.error();
  auto suppression = tenant_key(tenant, TenantKey::kSuppression);
  if (!suppression.ok()) return suppression.error();
  return TagMaker::make(keyring_.slab(), *root, std::move(*suppression), index_ids);
}

}  // namespace assent
