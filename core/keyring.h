#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>

#include "core/key_slab.h"
#include "core/keyring_file.h"
#include "core/random.h"
#include "core/result.h"
#include "core/sealed.h"

namespace assent {

// The epoch keys that wrap every other key, opened: any number at a time, of which the newest
// wraps. They lie in the slab; there is no cache of the keys they wrap. Immutable once open, so
// thread-safe; a process that goes on while they change has a LiveKeyring. How they lie on disk is
// in keyring_file.h.
class Keyring {
 public:
  // A keyring file with epoch 1 under `root`. kConflict when the file exists.
  static Status create(RootProvider& root, const std::filesystem::path& file, Timestamp now,
                       Random& random);
  // The errors of read_keyring; kCorrupt when an epoch does not open under this root; kTooLarge
  // when the slab is full. The slab must outlive the keyring.
  static Result<Keyring> open(KeySlab& slab, RootProvider& root, const std::filesystem::path& file);
  static Result<Keyring> open(KeySlab& slab, RootProvider& root, const KeyringFile& file);

  std::uint32_t current_epoch() const { return epochs_.rbegin()->first; }
  // When the newest was made; nullopt: nobody noted it.
  std::optional<Timestamp> current_since() const { return current_since_; }
  bool has_epoch(std::uint32_t epoch) const { return epochs_.contains(epoch); }
  // Whether the epoch of this wrap is among them; what is no wrap has none.
  bool has_epoch_of(ByteView wrapped) const;
  // For what else lives as long.
  KeySlab& slab() const { return *slab_; }

  // A wrap under the current epoch.
  Bytes wrap(const KeyName& name, const SecretKey& key, Random& random) const;
  // kCorrupt as unwrap_key; also when the wrap names an epoch that is burned.
  Result<SecretKey> unwrap(const KeyName& name, ByteView wrapped, const Hash32& commitment) const;

 private:
  explicit Keyring(KeySlab& slab) : slab_(&slab) {}
  KeySlab* slab_;
  std::map<std::uint32_t, KeptKey> epochs_;
  std::optional<Timestamp> current_since_;
};

}  // namespace assent
