#include "audit/stamp_files.h"

#include <algorithm>

#include "audit/checkpoint.h"

namespace assent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCheckpoint = ".checkpoint";
constexpr std::string_view kAnswer = ".tsr";

}  // namespace

fs::path stamps_directory(const fs::path& log_directory) {
  return log_directory / "timestamps";
}

std::string stamp_file_name(const StampFile& file) {
  const bool answer = file.kind == StampFile::Kind::kAnswer;
  return std::to_string(file.size) + std::string(answer ? kAnswer : kCheckpoint);
}

std::optional<StampFile> parse_stamp_file_name(std::string_view name) {
  StampFile file;
  if (name.ends_with(kAnswer)) file.kind = StampFile::Kind::kAnswer;
  const auto size = parse_number(name.substr(0, std::min(name.find('.'), name.size())));
  if (!size.ok()) return std::nullopt;
  file.size = *size;
  return stamp_file_name(file) == name ? std::optional(file) : std::nullopt;
}

Result<std::vector<std::uint64_t>> stamped_sizes(const fs::path& log_directory) {
  std::vector<std::uint64_t> sizes;
  std::error_code failed;
  const fs::path directory = stamps_directory(log_directory);
  if (!fs::exists(directory, failed) && !failed) return sizes;
  for (auto entry = fs::directory_iterator(directory, failed);
       !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const auto file = parse_stamp_file_name(entry->path().filename().string());
    if (file && file->kind == StampFile::Kind::kAnswer) sizes.push_back(file->size);
  }
  if (failed) return Error{ErrorCode::kUnavailable, "the time stamps cannot be read"};
  std::ranges::sort(sizes);
  return sizes;
}

}  // namespace assent
