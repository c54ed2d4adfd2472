#include "core/custody.h"

#include <sys/stat.h>

#include <vector>

#include "core/digest.h"
#include "core/environment.h"
#include "core/file.h"
#include "core/secret_file.h"

namespace assent {
namespace {

constexpr std::size_t kPinBytesMax = 256;

Error no_credential() {
  return {ErrorCode::kNotFound,
          "systemd gives this service no credential of that name: LoadCredential= of its unit"};
}

// The place of a credential; nothing else may be named by it.
Result<std::filesystem::path> credential_file(const std::string& name) {
  const auto directory = credentials_directory();
  if (!directory) return no_credential();
  return *directory / name;
}

Result<SecretKey> read_credential_key(const std::string& name) {
  const auto file = credential_file(name);
  if (!file.ok()) return file.error();
  auto key = read_secret_file(*file);
  if (!key.ok() && key.error().code == ErrorCode::kNotFound) return no_credential();
  return key;
}

Result<Plaintext> read_pin(const Pkcs11RootPlace& place) {
  if (!place.pin_file.empty()) return read_private_file(place.pin_file, kPinBytesMax);
  const auto file = credential_file(place.pin_credential);
  if (!file.ok()) return file.error();
  return read_private_file(*file, kPinBytesMax);
}

Result<std::unique_ptr<RootProvider>> secret_root(RootKind kind, Result<SecretKey> key) {
  if (!key.ok()) return key.error();
  return std::unique_ptr<RootProvider>(new SecretRoot(kind, std::move(*key)));
}

struct Opener {
  MissingKey missing;
  Result<std::unique_ptr<RootProvider>> operator()(const FileRootPlace& place) const {
    return secret_root(RootKind::kFile, read_secret_file(place.path));
  }
  Result<std::unique_ptr<RootProvider>> operator()(const SystemdRootPlace& place) const {
    return secret_root(RootKind::kSystemd, read_credential_key(place.credential));
  }
  Result<std::unique_ptr<RootProvider>> operator()(const Pkcs11RootPlace& place) const {
    const auto pin = read_pin(place);
    if (!pin.ok()) return pin.error();
    return open_pkcs11_root(place.device, *pin, missing);
  }
};

// Where a rotation puts the new root of an installation whose root is a file.
std::optional<FileRootPlace> successor(const RootPlace& root) {
  const auto* const file = std::get_if<FileRootPlace>(&root);
  if (file == nullptr) return std::nullopt;
  return FileRootPlace{file->path.string() + ".next"};
}

// In the order in which they are tried.
std::vector<RootPlace> places_of(const CustodyConfig& config) {
  std::vector<RootPlace> places{config.root};
  if (config.next_root) places.push_back(*config.next_root);
  const auto next = successor(config.root);
  if (next && std::filesystem::exists(next->path)) places.emplace_back(*next);
  return places;
}

Status opens_all(const KeyringFile& keyring, RootProvider& root) {
  for (const KeyringFile::Epoch& epoch : keyring.epochs) {
    if (const auto key = unwrap_epoch(keyring, epoch, root); !key.ok()) return key.error();
  }
  return Unit{};
}

Result<std::unique_ptr<RootProvider>> root_that_opens(const RootPlace& place,
                                                      const KeyringFile& keyring) {
  auto root = open_root(place);
  if (!root.ok()) return root;
  if (auto opened = opens_all(keyring, **root); !opened.ok()) return opened.error();
  return root;
}

// The new file takes the old one's name.
Status take_place(const FileRootPlace& from, const RootPlace& root) {
  const std::filesystem::path& to = std::get<FileRootPlace>(root).path;
  std::error_code failed;
  std::filesystem::rename(from.path, to, failed);
  if (failed) return Error{ErrorCode::kUnavailable, "the file could not be written to disk"};
  return sync_directory(to.parent_path());
}

class Rotation {
 public:
  Rotation(const CustodyConfig& config, Random& random, const FaultPoint& at)
      : config_(config), random_(random), at_(at) {}

  Result<RootRotation> run(const AnnounceRoot& announce) {
    auto keyring = read_keyring(config_.keyring);
    if (!keyring.ok()) return keyring.error();
    if (!config_.next_root && !successor(config_.root)) {
      return Error{ErrorCode::kConflict,
                   "name the new root as keys.next_root in the configuration"};
    }
    if (config_.next_root == config_.root) {
      return Error{ErrorCode::kConflict, "keys.next_root is where keys.root is"};
    }
    const RootPlace to = config_.next_root ? *config_.next_root : *successor(config_.root);
    if (is_done(to, *keyring)) return finish(*keyring, true);
    auto next = replace(to, *keyring, announce);
    if (!next.ok()) return next.error();
    return finish(*next, false);
  }

 private:
  static bool is_done(const RootPlace& to, const KeyringFile& keyring) {
    return kind_of(to) == keyring.root && root_that_opens(to, keyring).ok();
  }

  Result<KeyringFile> replace(const RootPlace& to, const KeyringFile& keyring,
                              const AnnounceRoot& announce) {
    auto old_root = root_of(config_, keyring);
    if (!old_root.ok()) return old_root.error();
    auto new_root = make_root(to, random_);
    if (!new_root.ok()) return new_root.error();
    at_("rotate_root.made");
    auto next = rewrap_epochs(keyring, **old_root, **new_root, random_);
    if (!next.ok()) return next;
    const std::string text = keyring_text(*next);
    if (auto told = announce(sha256(as_bytes(text)), summary(*next, false)); !told.ok()) {
      return told.error();
    }
    at_("rotate_root.announced");
    auto written = replace_file(config_.keyring, text, S_IRUSR | S_IWUSR);
    if (!written.ok()) return written.error();
    at_("rotate_root.replaced");
    return next;
  }

  Result<RootRotation> finish(const KeyringFile& keyring, bool was_done) {
    if (!config_.next_root) {
      auto taken = take_place(*successor(config_.root), config_.root);
      if (!taken.ok()) return taken.error();
    }
    return summary(keyring, was_done);
  }

  static RootRotation summary(const KeyringFile& keyring, bool was_done) {
    return {keyring.root, keyring.generation, keyring.epochs.size(), was_done};
  }

  const CustodyConfig& config_;
  Random& random_;
  const FaultPoint& at_;
};

}  // namespace

RootKind kind_of(const RootPlace& place) {
  return static_cast<RootKind>(place.index());
}

Result<std::unique_ptr<RootProvider>> open_root(const RootPlace& place) {
  return std::visit(Opener{MissingKey::kRefuse}, place);
}

Result<std::unique_ptr<RootProvider>> make_root(const RootPlace& place, Random& random) {
  const auto* const file = std::get_if<FileRootPlace>(&place);
  if (file != nullptr && !std::filesystem::exists(file->path)) {
    auto written = write_secret_file(file->path, new_secret_key(random));
    if (!written.ok()) return written.error();
  }
  return std::visit(Opener{MissingKey::kGenerate}, place);
}

Result<std::unique_ptr<RootProvider>> root_of(const CustodyConfig& config,
                                              const KeyringFile& keyring) {
  std::optional<Error> first;
  for (const RootPlace& place : places_of(config)) {
    if (kind_of(place) != keyring.root) continue;
    auto root = root_that_opens(place, keyring);
    if (root.ok()) return root;
    if (!first) first = root.error();
  }
  if (first) return *first;
  return Error{ErrorCode::kConflict,
               "the keyring is wrapped by another kind of root than the configuration names"};
}

Result<Keyring> open_keyring(KeySlab& slab, const CustodyConfig& config) {
  const auto keyring = read_keyring(config.keyring);
  if (!keyring.ok()) return keyring.error();
  auto root = root_of(config, *keyring);
  if (!root.ok()) return root.error();
  return Keyring::open(slab, **root, *keyring);
}

Result<RootRotation> rotate_root(const CustodyConfig& config, Random& random,
                                 const AnnounceRoot& announce, const FaultPoint& at) {
  auto lock = DirectoryLock::take(config.keyring.parent_path());
  if (!lock.ok()) return lock.error();
  return Rotation(config, random, at).run(announce);
}

Status recover_root(const std::filesystem::path& keyring, const std::filesystem::path& file,
                    const SecretKey& root, std::uint32_t generation) {
  const auto wrapped = read_keyring(keyring);
  if (!wrapped.ok()) return wrapped.error();
  if (wrapped->root == RootKind::kPkcs11) {
    return Error{ErrorCode::kConflict,
                 "the keyring is wrapped by a device: its maker's backup brings its key back"};
  }
  if (wrapped->generation != generation) {
    return Error{ErrorCode::kConflict,
                 "the shares are of another generation of the root than the keyring"};
  }
  SecretRoot provider(wrapped->root, root.duplicate());
  if (auto opened = opens_all(*wrapped, provider); !opened.ok()) return opened;
  return write_secret_file(file, root);
}

}  // namespace assent
