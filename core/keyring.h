#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include "core/plaintext.h"
#include "core/random.h"
#include "core/result.h"
#include "core/sealed.h"

namespace assent {

// Reads a secret of 32 bytes, as 64 hexadecimal characters and an optional newline.
// kNotFound no such file; kDenied it is readable by others than its owner, is no regular file or is
// owned by another user, or its directory can be written by others or is another user's; kCorrupt
// it does not hold a secret.
Result<SecretKey> read_secret_file(const std::filesystem::path& file);
// Creates the file with mode 0400 and flushes it to disk; kConflict when it exists.
Status write_secret_file(const std::filesystem::path& file, const SecretKey& secret);

// The epoch keys that wrap every other key, themselves wrapped by the root key in a small text file
// (one line an epoch: "epoch <n> <base64 commitment> <base64 wrap>"). Immutable once open, so
// thread-safe; there is no cache of the keys they wrap.
class Keyring {
 public:
  // Makes a keyring with epoch 1. kConflict when the file exists.
  static Status create(const std::filesystem::path& root_file,
                       const std::filesystem::path& keyring_file, Random& random);
  // The errors of read_secret_file; kCorrupt when an epoch does not open under this root key.
  static Result<Keyring> open(const std::filesystem::path& root_file,
                              const std::filesystem::path& keyring_file);

  std::uint32_t current_epoch() const { return epochs_.rbegin()->first; }

  // A wrap under the current epoch.
  Bytes wrap(const KeyName& name, const SecretKey& key, Random& random) const;
  // kCorrupt as unwrap_key; also when the wrap names an epoch that is burned.
  Result<SecretKey> unwrap(const KeyName& name, ByteView wrapped, const Hash32& commitment) const;

 private:
  explicit Keyring(std::map<std::uint32_t, SecretKey> epochs) : epochs_(std::move(epochs)) {}
  std::map<std::uint32_t, SecretKey> epochs_;
};

}  // namespace assent
