#include "core/key_store.h"

#include <array>

namespace assent {
namespace {

constexpr StaticText kInsertKeys = R"sql(
  INSERT INTO subject_key (tenant, subject, purpose, dek_version, kek_epoch, wrapped, dek_commit,
                           created_at)
  SELECT $1, s, $3, 1, $4, w, c, $7
    FROM unnest($2::uuid[], $5::bytea[], $6::bytea[]) AS new (s, w, c)
)sql";

constexpr StaticText kSelectKeys = R"sql(
  SELECT subject, dek_version, wrapped, dek_commit FROM subject_key
   WHERE tenant = $1 AND purpose = $2 AND subject = ANY($3::uuid[])
)sql";

constexpr StaticText kCountKeys = R"sql(
  SELECT kek_epoch, purpose, count(*), max(dek_version) FROM subject_key WHERE tenant = $1
   GROUP BY kek_epoch, purpose ORDER BY kek_epoch, purpose
)sql";

constexpr std::array kTenantKeys = {TenantKey::kIndexRoot, TenantKey::kSuppression,
                                    TenantKey::kReleaseSigning, TenantKey::kReleaseLink};

KeyPurpose purpose_of(TenantKey which) {
  return which == TenantKey::kIndexRoot || which == TenantKey::kSuppression
             ? KeyPurpose::kIndexRoot
             : KeyPurpose::kTenantSecret;
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

std::pair<std::uint32_t, const SecretKey*> KeySet::newest(const Uuid& subject) const {
  auto after = keys_.upper_bound({subject, UINT32_MAX});
  if (after == keys_.begin()) return {0, nullptr};
  --after;
  if (after->first.first != subject) return {0, nullptr};
  return {after->first.second, &after->second};
}

void KeySet::add(const Uuid& subject, std::uint32_t version, SecretKey key) {
  keys_.emplace(std::make_pair(subject, version), std::move(key));
}

Result<KeySet> KeyStore::create(TenantId tenant, std::span<const Uuid> subjects,
                                KeyPurpose purpose) {
  KeySet keys;
  if (subjects.empty()) return keys;
  std::vector<Bytes> wrapped;
  std::vector<Hash32> commitments;
  for (const Uuid& subject : subjects) {
    const KeyName name{tenant.value, subject, 1, purpose};
    SecretKey key = new_secret_key(random_);
    wrapped.push_back(keyring_.wrap(name, key, random_));
    commitments.push_back(key_commitment(key, name));
    keys.add(subject, 1, std::move(key));
  }
  const std::vector<Uuid> ids(subjects.begin(), subjects.end());
  auto stored = in_tx(safe_, tenant, [&](Tx& tx) -> Status {
    tx.exec(kInsertKeys, {tenant, Param::array(ids), static_cast<std::int16_t>(purpose),
                          static_cast<std::int32_t>(keyring_.current_epoch()),
                          Param::array(wrapped), Param::array(commitments), tx.now()});
    return Unit{};
  });
  if (!stored.ok()) return stored.error();
  return keys;
}

Result<KeySet> KeyStore::fetch(TenantId tenant, std::span<const Uuid> subjects,
                               KeyPurpose purpose) {
  if (subjects.empty()) return KeySet{};
  const std::vector<Uuid> ids(subjects.begin(), subjects.end());
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<KeySet> {
    KeySet keys;
    const Rows rows =
        tx.query(kSelectKeys, {tenant, static_cast<std::int16_t>(purpose), Param::array(ids)});
    for (const auto& row : rows) {
      const auto version = static_cast<std::uint32_t>(row.integer(1));
      auto key =
          keyring_.unwrap({tenant.value, row.uuid(0), version, purpose}, row.view(2), row.hash(3));
      if (!key.ok()) return key.error();
      keys.add(row.uuid(0), version, std::move(*key));
    }
    return keys;
  });
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

Result<std::vector<KeyCount>> KeyStore::count(TenantId tenant) {
  return in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::vector<KeyCount>> {
    std::vector<KeyCount> counts;
    const Rows rows = tx.query(kCountKeys, {tenant});
    for (const auto& row : rows) {
      counts.push_back({static_cast<std::uint32_t>(row.integer(0)),
                        static_cast<KeyPurpose>(row.integer(1)), row.integer(2),
                        static_cast<std::uint32_t>(row.integer(3))});
    }
    return counts;
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
