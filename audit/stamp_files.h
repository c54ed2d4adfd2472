#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

// The time stamps of a log as files below its published directory: "timestamps/<size>.checkpoint",
// the bytes that were stamped, and "timestamps/<size>.tsr", the authority's answer. A stamp is
// there when its answer is.
namespace assent {

// One of these files.
struct StampFile {
  std::uint64_t size = 0;  // Of the stamped tree.
  enum class Kind { kCheckpoint, kAnswer };
  Kind kind = Kind::kCheckpoint;
  friend bool operator==(const StampFile&, const StampFile&) = default;
};

std::filesystem::path stamps_directory(const std::filesystem::path& log_directory);
// "42.tsr".
std::string stamp_file_name(const StampFile& file);
// nullopt unless stamp_file_name() writes exactly this: such a name leads nowhere else.
std::optional<StampFile> parse_stamp_file_name(std::string_view name);

// The sizes of which there is a stamp, ascending; empty when there are none yet.
// kUnavailable  the directory cannot be read.
Result<std::vector<std::uint64_t>> stamped_sizes(const std::filesystem::path& log_directory);

}  // namespace assent
