#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/fault_point.h"
#include "core/keyring.h"
#include "core/root_pkcs11.h"
#include "core/root_provider.h"

// Where the root key of an installation is kept, how its keyring is opened with it, and how one
// root takes the place of another. Source: data-protection 3, 7 and 8; decisions/0029.
namespace assent {

struct FileRootPlace {
  std::filesystem::path path;  // As read_secret_file() demands.
  friend bool operator==(const FileRootPlace&, const FileRootPlace&) = default;
};
struct SystemdRootPlace {
  std::string credential;  // Name of a file in $CREDENTIALS_DIRECTORY, the same text.
  friend bool operator==(const SystemdRootPlace&, const SystemdRootPlace&) = default;
};
struct Pkcs11RootPlace {
  Pkcs11Place device;
  std::filesystem::path pin_file;  // Private like a key; or
  std::string pin_credential;      // a credential of systemd. One of the two.
  friend bool operator==(const Pkcs11RootPlace& a, const Pkcs11RootPlace& b) {
    return a.device == b.device;
  }
};
using RootPlace = std::variant<FileRootPlace, SystemdRootPlace, Pkcs11RootPlace>;

struct CustodyConfig {
  RootPlace root;
  std::optional<RootPlace> next_root;  // While the root is rotated to another place.
  std::filesystem::path keyring;
};

RootKind kind_of(const RootPlace& place);

// The errors of read_secret_file and open_pkcs11_root; kNotFound no credential of that name.
Result<std::unique_ptr<RootProvider>> open_root(const RootPlace& place);
// The same, but a key that is missing is made, in its file or device. A credential is systemd's to
// make.
Result<std::unique_ptr<RootProvider>> make_root(const RootPlace& place, Random& random);

// Opens the keyring with the root that wraps it: `root`, `next_root`, or the file that a rotation
// has begun beside `root`. kConflict when the configuration names no root of the keyring's kind;
// else the errors of open_root and Keyring::open, of the first that was tried.
Result<Keyring> open_keyring(KeySlab& slab, const CustodyConfig& config);
// That root itself.
Result<std::unique_ptr<RootProvider>> root_of(const CustodyConfig& config,
                                              const KeyringFile& keyring);

struct RootRotation {
  RootKind kind = RootKind::kFile;
  std::uint32_t generation = 0;
  std::size_t epochs = 0;
  bool was_done = false;  // An earlier call had come so far; nothing was announced now.
};
// Called before the keyring changes, with the SHA-256 of the file that it will be.
using AnnounceRoot = std::function<Status(const Hash32& keyring, const RootRotation& rotation)>;

// Wraps the epoch keys under a new root and puts that keyring in the place of the old one, in one
// rename: before it the old root opens the installation, after it the new one, and open_keyring
// finds either. The new root is `next_root`; without it, and with a file as root, a new file that
// takes the old one's name at the end. May be repeated after a crash at any point and then goes on.
// kBusy      another process changes the keys.
// kConflict  the root is no file, and no next_root is named; or next_root is the root.
Result<RootRotation> rotate_root(
    const CustodyConfig& config, Random& random, const AnnounceRoot& announce,
    const FaultPoint& at = [](StaticText) {});
inline constexpr StaticText kRotationFaultPoints[] = {"rotate_root.made", "rotate_root.announced",
                                                      "rotate_root.replaced"};

// Puts a root that was joined from shares back into `file`, once it has opened the keyring.
// kConflict  the file exists, the keyring is wrapped by a device, or by another generation.
// kCorrupt   it is not the root of this keyring.
Status recover_root(const std::filesystem::path& keyring, const std::filesystem::path& file,
                    const SecretKey& root, std::uint32_t generation);

}  // namespace assent
