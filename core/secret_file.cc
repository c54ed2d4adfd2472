#include "core/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "core/file.h"
#include "descriptor.h"

namespace assent {
namespace {

constexpr std::size_t kSecretFileBytesMax = 128;

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

// Of the opened file itself, so that nobody exchanges it between the look and the reading.
Status check_private(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return Error{ErrorCode::kDenied, "the key file is no regular file"};
  }
  if (!is_ours(info)) {
    return Error{ErrorCode::kDenied, "the key file belongs to another user: chown it"};
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{ErrorCode::kDenied, "the key file is readable by others: chmod 0400 it"};
  }
  return Unit{};
}

Error open_error(int number) {
  if (number == ENOENT || number == ENOTDIR) {
    return Error{ErrorCode::kNotFound, "no such key file"};
  }
  if (number == ELOOP) return Error{ErrorCode::kDenied, "the key file is no regular file"};
  if (number == EACCES) {
    return Error{ErrorCode::kDenied, "the key file belongs to another user: chown it"};
  }
  return Error{ErrorCode::kUnavailable, "the file could not be opened"};
}

using WipedText = std::vector<char, WipingAllocator<char>>;

// Up to one byte more than `bytes_max`, so that the caller sees that there is more.
Result<WipedText> read_all(int fd, std::size_t bytes_max) {
  WipedText text(bytes_max + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::kUnavailable, "the file could not be read"};
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

}  // namespace

Result<Plaintext> read_private_file(const std::filesystem::path& file, std::size_t bytes_max) {
  if (auto status = check_directory(file.parent_path()); !status.ok()) return status.error();
  // Without waiting, should it be a pipe.
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.ok()) return open_error(errno);
  if (auto status = check_private(fd.get()); !status.ok()) return status.error();
  auto text = read_all(fd.get(), bytes_max);
  if (!text.ok()) return text.error();
  if (text->size() > bytes_max) return Error{ErrorCode::kTooLarge, "the file is too large"};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return Plaintext({text->data(), text->size()});
}

Result<SecretKey> read_secret_file(const std::filesystem::path& file) {
  const Error no_key{ErrorCode::kCorrupt, "the key file does not hold 64 hexadecimal characters"};
  auto text = read_private_file(file, kSecretFileBytesMax);
  if (!text.ok()) return text.error().code == ErrorCode::kTooLarge ? no_key : text.error();
  auto bytes = from_hex(text->reveal());
  if (!bytes) return no_key;
  if (bytes->size() != 32) {
    wipe(bytes->data(), bytes->size());
    return no_key;
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

}  // namespace assent
