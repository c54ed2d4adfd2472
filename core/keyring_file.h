#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/root_provider.h"

// The keyring on disk: text that holds no key but wrapped ones.
//
//   assent-keyring 2 <installation>
//   epoch <n> <provider> <generation> <created, RFC 3339, or -> <commitment> <wrap>
//
// one line an epoch, oldest first, the last one current (numbers that were burned are missing);
// commitment and wrap in base64. All epochs are wrapped by one root. A file of before has no first
// line, and of the rest `epoch <n> <commitment> <wrap>`: a file root, generation 1, a nil
// installation, a creation nobody noted. It is read for ever and written in the new form when it
// changes.
namespace assent {

struct KeyringFile {
  struct Epoch {
    std::uint32_t number = 0;
    std::optional<Timestamp> created_at;
    Hash32 commitment{};
    Bytes wrapped;
  };
  Uuid installation;  // Random, made with the file; bound into every wrap.
  RootKind root = RootKind::kFile;
  std::uint32_t generation = 1;  // Of the root: how many there have been.
  std::vector<Epoch> epochs;     // Ascending, never empty.

  EpochName name_of(std::uint32_t epoch) const { return {installation, generation, epoch}; }
};

// kCorrupt, with the line: it is no keyring, has no epoch, or not all of one root.
Result<KeyringFile> parse_keyring(std::string_view text);
std::string keyring_text(const KeyringFile& keyring);

// The errors of read_private_file and parse_keyring.
Result<KeyringFile> read_keyring(const std::filesystem::path& file);

// Adds an epoch with a new key, which is the current one from then on. The errors of the root.
Status add_epoch(KeyringFile& keyring, RootProvider& root, Timestamp now, Random& random);
// The same epochs under the next generation of the root, each opened again by it before this
// returns. A file of before gets its installation. kCorrupt `from` is not the root of this keyring;
// else the errors of the roots.
Result<KeyringFile> rewrap_epochs(const KeyringFile& keyring, RootProvider& from, RootProvider& to,
                                  Random& random);
// The key of one epoch. kCorrupt the root is another one, or the line was changed.
Result<SecretKey> unwrap_epoch(const KeyringFile& keyring, const KeyringFile::Epoch& epoch,
                               RootProvider& root);

}  // namespace assent
