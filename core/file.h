#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assent {

// Replaces `file` by `content` so that a crash leaves either the old or the new bytes: temporary
// file, fsync, rename, fsync of the directory. `mode` as in chmod(2).
// kUnavailable when the disk refuses (full, read-only, away).
Status replace_file(const std::filesystem::path& file, std::string_view content, unsigned mode);

// The whole content. kNotFound no such file; kTooLarge above `bytes_max`; kUnavailable otherwise.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t bytes_max);

}  // namespace assent
