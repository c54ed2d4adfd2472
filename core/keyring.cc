#include "core/keyring.h"

#include <sys/stat.h>

#include "core/file.h"

namespace assent {

Status Keyring::create(RootProvider& root, const std::filesystem::path& file, Timestamp now,
                       Random& random) {
  if (std::filesystem::exists(file)) {
    return Error{ErrorCode::kConflict, "the keyring exists already"};
  }
  KeyringFile keyring;
  keyring.installation = Uuid::v4(random);
  keyring.root = root.kind();
  if (auto added = add_epoch(keyring, root, now, random); !added.ok()) return added;
  return replace_file(file, keyring_text(keyring), S_IRUSR | S_IWUSR);
}

Result<Keyring> Keyring::open(KeySlab& slab, RootProvider& root,
                              const std::filesystem::path& file) {
  const auto keyring = read_keyring(file);
  if (!keyring.ok()) return keyring.error();
  return open(slab, root, *keyring);
}

Result<Keyring> Keyring::open(KeySlab& slab, RootProvider& root, const KeyringFile& file) {
  Keyring keyring(slab);
  for (const KeyringFile::Epoch& epoch : file.epochs) {
    auto key = unwrap_epoch(file, epoch, root);
    if (!key.ok()) return key.error();
    auto kept = slab.keep(std::move(*key));
    if (!kept.ok()) return kept.error();
    keyring.epochs_.emplace(epoch.number, std::move(*kept));
    keyring.current_since_ = epoch.created_at;
  }
  return keyring;
}

bool Keyring::has_epoch_of(ByteView wrapped) const {
  const auto epoch = wrapped_epoch(wrapped);
  return epoch.ok() && has_epoch(*epoch);
}

Bytes Keyring::wrap(const KeyName& name, const SecretKey& key, Random& random) const {
  return wrap_key(*epochs_.rbegin()->second, current_epoch(), name, key, random);
}

Result<SecretKey> Keyring::unwrap(const KeyName& name, ByteView wrapped,
                                  const Hash32& commitment) const {
  auto epoch = wrapped_epoch(wrapped);
  if (!epoch.ok()) return epoch.error();
  const auto kek = epochs_.find(*epoch);
  if (kek == epochs_.end()) {
    return Error{ErrorCode::kCorrupt, "the key was wrapped under an epoch that is gone"};
  }
  return unwrap_key(*kek->second, name, wrapped, commitment);
}

}  // namespace assent
