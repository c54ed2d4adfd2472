#include "core/epoch_custody.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "core/file.h"
#include "descriptor.h"

namespace assent {
namespace {

Status write_keyring(const CustodyConfig& config, const KeyringFile& keyring) {
  return replace_file(config.keyring, keyring_text(keyring), S_IRUSR | S_IWUSR);
}

// A second name of the file that is about to be replaced, so that its bytes can be reached after.
std::filesystem::path old_name(const CustodyConfig& config) {
  return config.keyring.string() + ".burned";
}

Status overwrite(const std::filesystem::path& file) {
  const Error refused{ErrorCode::kUnavailable, "the old keyring could not be overwritten"};
  const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat info {};
  if (!fd.ok() || ::fstat(fd.get(), &info) != 0) return refused;
  const std::string zeros(static_cast<std::size_t>(info.st_size), '\0');
  if (::pwrite(fd.get(), zeros.data(), zeros.size(), 0) != info.st_size) return refused;
  if (::fsync(fd.get()) != 0) return refused;
  return Unit{};
}

// Wipes what a rename has replaced. Before the rename the second name is one of the keyring in use:
// then only the name goes.
Status wipe_old(const CustodyConfig& config) {
  const std::filesystem::path old = old_name(config);
  std::error_code failed;
  if (!std::filesystem::exists(old, failed)) return Unit{};
  if (!std::filesystem::equivalent(old, config.keyring, failed)) {
    if (failed) return Error{ErrorCode::kUnavailable, "the old keyring could not be overwritten"};
    if (auto wiped = overwrite(old); !wiped.ok()) return wiped;
  }
  std::filesystem::remove(old, failed);
  if (failed) return Error{ErrorCode::kUnavailable, "the old keyring could not be removed"};
  return sync_directory(config.keyring.parent_path());
}

}  // namespace

Result<NewestEpoch> add_newest_epoch(const CustodyConfig& config, std::uint32_t in_use,
                                     Timestamp now, Random& random, const AnnounceEpoch& announce,
                                     const FaultPoint& at) {
  auto keyring = read_keyring(config.keyring);
  if (!keyring.ok()) return keyring.error();
  const std::uint32_t newest = keyring->epochs.back().number;
  if (newest > in_use) return NewestEpoch{newest, true};
  if (newest < in_use) {
    return Error{ErrorCode::kConflict,
                 "the keyring is older than the safe: bring today's keyring back"};
  }
  if (keyring->installation.is_nil()) {
    return Error{ErrorCode::kConflict,
                 "the keyring has the form of before: 'assent keys rotate-root' renews it first"};
  }
  auto root = root_of(config, *keyring);
  if (!root.ok()) return root.error();
  if (auto added = add_epoch(*keyring, **root, now, random); !added.ok()) return added.error();
  const KeyringFile::Epoch& epoch = keyring->epochs.back();
  // What a device cannot give back must not wrap anything.
  if (const auto again = unwrap_epoch(*keyring, epoch, **root); !again.ok()) return again.error();
  if (auto told = announce(epoch.number, epoch.commitment); !told.ok()) return told.error();
  at("new_epoch.announced");
  if (auto written = write_keyring(config, *keyring); !written.ok()) return written.error();
  at("new_epoch.added");
  return NewestEpoch{epoch.number, false};
}

Status drop_epoch(const CustodyConfig& config, std::uint32_t epoch, const FaultPoint& at) {
  auto keyring = read_keyring(config.keyring);
  if (!keyring.ok()) return keyring.error();
  if (keyring->epochs.back().number <= epoch) {
    return Error{ErrorCode::kConflict, "the newest epoch of the keyring cannot be burned"};
  }
  if (auto wiped = wipe_old(config); !wiped.ok()) return wiped;
  const auto gone = std::erase_if(
      keyring->epochs, [&](const KeyringFile::Epoch& one) { return one.number == epoch; });
  if (gone == 0) return Unit{};
  std::error_code failed;
  std::filesystem::create_hard_link(config.keyring, old_name(config), failed);
  if (failed) return Error{ErrorCode::kUnavailable, "the keyring's directory cannot be written"};
  at("burn.linked");
  if (auto written = write_keyring(config, *keyring); !written.ok()) return written;
  at("burn.dropped");
  return wipe_old(config);
}

}  // namespace assent
