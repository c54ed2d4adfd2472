#include "core/keyring.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "core/file.h"

namespace assent {
namespace {

constexpr std::size_t kSecretFileBytesMax = 128;
constexpr std::size_t kKeyringBytesMax = 1 << 20;

KeyName epoch_name(std::uint32_t epoch) {
  return {Uuid{}, Uuid{}, epoch, KeyPurpose::kEpoch};
}

bool is_ours(const struct stat& info) {
  return info.st_uid == ::geteuid() || info.st_uid == 0;
}

// Who may write to the directory can put another file in the place of the secret.
Status check_directory(const std::filesystem::path& directory) {
  struct stat info {};
  if (::stat(directory.empty() ? "." : directory.c_str(), &info) != 0) {
    return Error{ErrorCode::kNotFound, "no such key file"};
  }
  if (!is_ours(info)) {
    return Error{ErrorCode::kDenied,
                 "the directory of the key file belongs to another user: "
                 "chown it"};
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Error{ErrorCode::kDenied,
                 "the directory of the key file can be written by others: "
                 "chmod 0700 it"};
  }
  return Unit{};
}

// Only its owner, who is us or root, may read a secret or put another in its place.
Status check_private(const std::filesystem::path& file) {
  if (auto status = check_directory(file.parent_path()); !status.ok()) return status;
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0) return Error{ErrorCode::kNotFound, "no such key file"};
  if (!S_ISREG(info.st_mode)) return Error{ErrorCode::kDenied, "the key file is no regular file"};
  if (!is_ours(info)) {
    return Error{ErrorCode::kDenied, "the key file belongs to another user: chown it"};
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{ErrorCode::kDenied, "the key file is readable by others: chmod 0400 it"};
  }
  return Unit{};
}

std::string epoch_line(std::uint32_t epoch, const Hash32& commitment, ByteView wrapped) {
  return "epoch " + std::to_string(epoch) + " " + to_base64(commitment) + " " + to_base64(wrapped) +
         "\n";
}

struct EpochLine {
  std::uint32_t epoch = 0;
  Hash32 commitment{};
  Bytes wrapped;
};

std::optional<EpochLine> parse_epoch_line(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  std::string commitment;
  std::string wrapped;
  EpochLine out;
  if (!(words >> word >> out.epoch >> commitment >> wrapped) || word != "epoch") {
    return std::nullopt;
  }
  auto commitment_bytes = from_base64(commitment);
  auto wrapped_bytes = from_base64(wrapped);
  if (!commitment_bytes || commitment_bytes->size() != 32 || !wrapped_bytes) return std::nullopt;
  std::copy(commitment_bytes->begin(), commitment_bytes->end(), out.commitment.begin());
  out.wrapped = std::move(*wrapped_bytes);
  return out;
}

}  // namespace

Result<SecretKey> read_secret_file(const std::filesystem::path& file) {
  if (auto status = check_private(file); !status.ok()) return status.error();
  auto text = read_file(file, kSecretFileBytesMax);
  if (!text.ok()) return text.error();
  while (!text->empty() && text->back() == '\n') text->pop_back();
  auto bytes = from_hex(*text);
  wipe(text->data(), text->size());
  if (!bytes || bytes->size() != 32) {
    return Error{ErrorCode::kCorrupt, "the key file does not hold 64 hexadecimal characters"};
  }
  SecretKey secret{ByteView(*bytes)};
  wipe(bytes->data(), bytes->size());
  return secret;
}

Status write_secret_file(const std::filesystem::path& file, const SecretKey& secret) {
  if (std::filesystem::exists(file)) {
    return Error{ErrorCode::kConflict, "the key file exists already"};
  }
  std::string text = to_hex(secret.bytes()) + "\n";
  auto status = replace_file(file, text, S_IRUSR);
  wipe(text.data(), text.size());
  return status;
}

Status Keyring::create(const std::filesystem::path& root_file,
                       const std::filesystem::path& keyring_file, Random& random) {
  if (std::filesystem::exists(keyring_file)) {
    return Error{ErrorCode::kConflict, "the keyring exists already"};
  }
  auto root = read_secret_file(root_file);
  if (!root.ok()) return root.error();
  Hash32 bytes{};
  random.fill(bytes);
  const SecretKey kek(bytes);
  wipe(bytes.data(), bytes.size());
  const KeyName name = epoch_name(1);
  const Bytes wrapped = wrap_key(*root, 1, name, kek, random);
  return replace_file(keyring_file, epoch_line(1, key_commitment(kek, name), wrapped),
                      S_IRUSR | S_IWUSR);
}

Result<Keyring> Keyring::open(const std::filesystem::path& root_file,
                              const std::filesystem::path& keyring_file) {
  auto root = read_secret_file(root_file);
  if (!root.ok()) return root.error();
  if (auto status = check_private(keyring_file); !status.ok()) return status.error();
  auto text = read_file(keyring_file, kKeyringBytesMax);
  if (!text.ok()) return text.error();
  std::map<std::uint32_t, SecretKey> epochs;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    auto entry = parse_epoch_line(line);
    if (!entry) return Error{ErrorCode::kCorrupt, "the keyring has a line that is no epoch"};
    auto kek = unwrap_key(*root, epoch_name(entry->epoch), entry->wrapped, entry->commitment);
    if (!kek.ok()) {
      return Error{ErrorCode::kCorrupt, "the keyring does not open under this root key"};
    }
    epochs.emplace(entry->epoch, std::move(*kek));
  }
  if (epochs.empty()) return Error{ErrorCode::kCorrupt, "the keyring holds no epoch"};
  return Keyring(std::move(epochs));
}

Bytes Keyring::wrap(const KeyName& name, const SecretKey& key, Random& random) const {
  return wrap_key(epochs_.rbegin()->second, current_epoch(), name, key, random);
}

Result<SecretKey> Keyring::unwrap(const KeyName& name, ByteView wrapped,
                                  const Hash32& commitment) const {
  auto epoch = wrapped_epoch(wrapped);
  if (!epoch.ok()) return epoch.error();
  const auto kek = epochs_.find(*epoch);
  if (kek == epochs_.end()) {
    return Error{ErrorCode::kCorrupt, "the key was wrapped under an epoch that is gone"};
  }
  return unwrap_key(kek->second, name, wrapped, commitment);
}

}  // namespace assent
