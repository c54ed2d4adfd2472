#include "api/backup_files.h"

#include <algorithm>
#include <fstream>
#include <variant>

#include "core/file.h"

namespace assent {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPartBytes = 1 << 16;
constexpr std::size_t kKeyBytes = 64;
constexpr std::string_view kPemSecret = "PRIVATE";

// 64 hexadecimal characters are a key of ours, whatever the file is called; so are a keyring and
// what OpenSSL writes.
bool is_key(std::string_view text) {
  if (text.starts_with("assent-keyring") ||
      (text.find(kPemSecret) != text.npos && text.starts_with("-----BEGIN")))
    return true;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.size() == kKeyBytes && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

bool is_kept_apart(const Config& config, const fs::path& file) {
  std::vector<fs::path> apart{config.custody.keyring, config.token_key};
  if (const auto* const root = std::get_if<FileRootPlace>(&config.custody.root)) {
    apart.push_back(root->path);
  }
  std::error_code ignored;
  return std::ranges::any_of(
      apart, [&](const fs::path& one) { return fs::equivalent(one, file, ignored); });
}

Status write_file(const Config& config, const fs::path& file, const std::string& name,
                  SealedWriter& out) {
  if (is_kept_apart(config, file)) return Unit{};
  std::ifstream in(file, std::ios::binary);
  std::string part(kPartBytes, '\0');
  in.read(part.data(), static_cast<std::streamsize>(part.size()));
  if (!in && !in.eof()) {
    return Error{ErrorCode::kUnavailable,
                 "a file that belongs into the backup cannot be read: give this user the right to"};
  }
  std::string_view got(part.data(), static_cast<std::size_t>(in.gcount()));
  if (is_key(got)) return Unit{};
  out.begin_section(name);
  while (!got.empty()) {
    out.write(as_bytes(got));
    in.read(part.data(), static_cast<std::streamsize>(part.size()));
    got = std::string_view(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  return Unit{};
}

// What comes and goes while it is walked through (a file that is being replaced) is passed over.
Status write_tree(const Config& config, const fs::path& from, const std::string& name,
                  SealedWriter& out) {
  std::error_code failed;
  if (fs::is_regular_file(from, failed)) {
    return write_file(config, from, name + "/" + from.filename().string(), out);
  }
  if (!fs::is_directory(from, failed)) {
    return Error{ErrorCode::kUnavailable, "a place that belongs into the backup is not there"};
  }
  std::vector<fs::path> files;
  for (auto at = fs::recursive_directory_iterator(from, failed);
       !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (at->is_regular_file(failed)) files.push_back(at->path());
  }
  if (failed) {
    return Error{ErrorCode::kUnavailable,
                 "a directory that belongs into the backup cannot be read: give this user the "
                 "right to"};
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    if (!fs::exists(file, failed)) continue;
    auto written =
        write_file(config, file, name + "/" + fs::relative(file, from).generic_string(), out);
    if (!written.ok()) return written;
  }
  return Unit{};
}

}  // namespace

Status write_files(const Config& config, SealedWriter& out) {
  std::vector<std::pair<fs::path, std::string>> places{{config.file, "configuration"},
                                                       {config.policies, "policies"},
                                                       {config.published, "published"}};
  for (const fs::path& one : config.backup.also) {
    const fs::path name = one.has_filename() ? one.filename() : one.parent_path().filename();
    places.emplace_back(one, "also/" + name.string());
  }
  for (const auto& [place, name] : places) {
    if (auto written = write_tree(config, place, name, out); !written.ok()) return written;
  }
  return Unit{};
}

Status read_file_section(const std::string& name, SealedReader& reader, const fs::path& directory) {
  const fs::path relative = fs::path(name).lexically_normal();
  const Error refused{ErrorCode::kCorrupt, "a file of the backup would lie outside the directory"};
  if (relative.empty() || relative.is_absolute() || *relative.begin() == "..") return refused;
  const fs::path file = directory / relative;
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  for (;;) {
    const auto part = reader.read();
    if (!part.ok()) return part.error();
    if (part->empty()) break;
    out.write(as_text(*part).data(), static_cast<std::streamsize>(part->size()));
  }
  out.close();
  if (out) return Unit{};
  return Error{ErrorCode::kUnavailable, "a file of the backup could not be written to disk"};
}

}  // namespace assent
