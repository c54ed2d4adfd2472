#pragma once

#include <filesystem>

#include "core/plaintext.h"
#include "core/result.h"

// Files that hold a secret. Nobody but their owner, who is us or root, may read one or put another
// in its place. Source: data-protection 8.
namespace assent {

// The whole text without the newlines at its end. A symbolic link is no regular file.
// kNotFound no such file; kDenied it is readable by others than its owner, is no regular file or is
// owned by another user, or its directory can be written by others or is another user's; kTooLarge
// above `bytes_max`; kUnavailable it cannot be read.
Result<Plaintext> read_private_file(const std::filesystem::path& file, std::size_t bytes_max);

// Reads a secret of 32 bytes, as 64 hexadecimal characters and an optional newline.
// As above; kCorrupt it does not hold a secret.
Result<SecretKey> read_secret_file(const std::filesystem::path& file);
// Creates the file with mode 0400 and flushes it to disk; kConflict when it exists.
Status write_secret_file(const std::filesystem::path& file, const SecretKey& secret);

}  // namespace assent
