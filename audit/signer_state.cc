#include "signer_state.h"

#include <functional>
#include <utility>

#include "core/file.h"

namespace assent {
namespace {

constexpr std::string_view kCheckpointEnding = ".checkpoint";
constexpr std::string_view kKeysEnding = ".keys";
constexpr unsigned kForTheWorld = 0755;

std::filesystem::path state_file(const std::filesystem::path& directory, TenantId log,
                                 std::string_view ending) {
  return directory / (log.text() + std::string(ending));
}

std::filesystem::path last_signed_file(const std::filesystem::path& directory, TenantId log) {
  return published_log(directory, log) / "signed";
}

Result<std::optional<Checkpoint>> read_last_signed(const std::filesystem::path& directory,
                                                   TenantId log, const LogKeys& keys) {
  const auto note = read_file(last_signed_file(directory, log), kNoteBytesMax);
  if (!note.ok() && note.error().code == ErrorCode::kNotFound) return std::optional<Checkpoint>();
  if (!note.ok()) return note.error();
  auto checkpoint = own_checkpoint(*note, keys);
  if (!checkpoint.ok()) return checkpoint.error();
  return std::optional(std::move(*checkpoint));
}

// Every log whose last checkpoint lies in the directory.
Status for_each_state(const std::filesystem::path& directory,
                      const std::function<Status(TenantId, const std::string& note)>& visit) {
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator(directory, failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::filesystem::path& file = entry->path();
    if (file.extension() != kCheckpointEnding) continue;
    const auto log = TenantId::parse(file.stem().string());
    if (!log) return Error{ErrorCode::kCorrupt, "the signer's state holds a file of no log"};
    auto note = read_file(file, kNoteBytesMax);
    if (!note.ok()) return note.error();
    if (auto visited = visit(*log, *note); !visited.ok()) return visited;
  }
  if (failed) return Error{ErrorCode::kUnavailable, "the signer's state cannot be read"};
  return Unit{};
}

}  // namespace

Result<Checkpoint> own_checkpoint(std::string_view note, const LogKeys& keys) {
  auto parsed = parse_signed_checkpoint(note);
  if (!parsed.ok()) return Error{ErrorCode::kCorrupt, "a checkpoint cannot be read"};
  const std::uint64_t size = parsed->checkpoint.size;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool retired = i + 1 < keys.size() && size > keys[i + 1].from_size;
    if (size < keys[i].from_size || retired) continue;
    const VerifierKey key =
        verifier_key(parsed->checkpoint.origin, kEd25519Type, keys[i].public_key);
    if (check_signature(parsed->note, key).state == SignatureState::kValid) {
      return std::move(parsed->checkpoint);
    }
  }
  return Error{ErrorCode::kCorrupt, "a checkpoint is not signed by the key of the log"};
}

Result<std::map<TenantId, SignerState>> read_signer_states(const std::filesystem::path& directory) {
  std::map<TenantId, SignerState> states;
  auto read = for_each_state(directory, [&](TenantId log, const std::string& note) -> Status {
    auto keys = read_log_keys(state_file(directory, log, kKeysEnding));
    if (!keys.ok() && keys.error().code == ErrorCode::kNotFound) {
      return Error{ErrorCode::kConflict,
                   "the log key was used by another program before: rotate it with "
                   "'assent-signer rotate-key'"};
    }
    if (!keys.ok()) return keys.error();
    auto checkpoint = own_checkpoint(note, *keys);
    if (!checkpoint.ok()) return checkpoint.error();
    states.emplace(log, SignerState{std::move(*checkpoint), std::move(*keys)});
    return Unit{};
  });
  if (!read.ok()) return read.error();
  return states;
}

Status write_signer_state(const std::filesystem::path& directory, TenantId log,
                          const std::string& note) {
  return replace_file(state_file(directory, log, kCheckpointEnding), note, 0600);
}

Status write_signer_keys(const std::filesystem::path& directory, TenantId log,
                         const std::string& origin, const LogKeys& keys) {
  return write_log_keys(state_file(directory, log, kKeysEnding), origin, keys, 0600);
}

Status adopt_first_key(const std::filesystem::path& directory, const Hash32& public_key) {
  const LogKeys keys{{0, public_key}};
  return for_each_state(directory, [&](TenantId log, const std::string& note) -> Status {
    if (std::filesystem::exists(state_file(directory, log, kKeysEnding))) return Unit{};
    auto checkpoint = own_checkpoint(note, keys);
    if (!checkpoint.ok()) return checkpoint.error();
    return write_signer_keys(directory, log, checkpoint->origin, keys);
  });
}

std::filesystem::path published_log(const std::filesystem::path& directory, TenantId log) {
  return directory / log.text();
}

std::filesystem::path published_keys_file(const std::filesystem::path& directory, TenantId log) {
  return published_log(directory, log) / "keys";
}

std::filesystem::path published_checkpoint_file(const std::filesystem::path& directory,
                                                TenantId log) {
  return published_log(directory, log) / "checkpoint";
}

Result<std::optional<Published>> read_published(const std::filesystem::path& directory,
                                                TenantId log) {
  const auto note = read_file(published_checkpoint_file(directory, log), kNoteBytesMax);
  const bool has_note = note.ok() || note.error().code != ErrorCode::kNotFound;
  if (has_note && !note.ok()) return note.error();
  auto keys = read_log_keys(published_keys_file(directory, log));
  if (!keys.ok() && keys.error().code == ErrorCode::kNotFound) {
    if (!has_note) return std::optional<Published>();
    return Error{ErrorCode::kCorrupt, "the list of a log's public keys is missing"};
  }
  if (!keys.ok()) return keys.error();
  Published published{std::move(*keys)};
  auto last = read_last_signed(directory, log, published.keys);
  if (!last.ok()) return last.error();
  published.last_signed = std::move(*last);
  if (!has_note) return std::optional(std::move(published));
  auto checkpoint = own_checkpoint(*note, published.keys);
  if (!checkpoint.ok()) return checkpoint.error();
  published.checkpoint = std::move(*checkpoint);
  published.note = *note;
  return std::optional(std::move(published));
}

Status publish_keys(const std::filesystem::path& directory, TenantId log, const std::string& origin,
                    const LogKeys& keys) {
  const auto file = published_keys_file(directory, log);
  if (auto made = make_directories(file.parent_path(), kForTheWorld); !made.ok()) return made;
  return write_log_keys(file, origin, keys, 0644);
}

Status publish_checkpoint(const std::filesystem::path& directory, TenantId log,
                          const std::string& note) {
  return replace_file(published_checkpoint_file(directory, log), note, 0644);
}

Status tell_last_signed(const std::filesystem::path& directory, TenantId log,
                        const std::string& note) {
  const auto file = last_signed_file(directory, log);
  const auto told = read_file(file, kNoteBytesMax);
  if (told.ok() && *told == note) return Unit{};
  return replace_file(file, note, 0644);
}

Status tell_nothing(const std::filesystem::path& directory, TenantId log) {
  const auto file = last_signed_file(directory, log);
  std::error_code failed;
  if (!std::filesystem::remove(file, failed) && !failed) return Unit{};
  if (failed) return Error{ErrorCode::kUnavailable, "a file of the signer cannot be removed"};
  return sync_directory(file.parent_path());
}

std::vector<TenantId> published_logs(const std::filesystem::path& directory) {
  std::vector<TenantId> logs;
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator(directory, failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    if (const auto log = TenantId::parse(entry->path().filename().string())) logs.push_back(*log);
  }
  return logs;
}

Status make_directories(const std::filesystem::path& directory, unsigned mode) {
  std::error_code failed;
  if (std::filesystem::is_directory(directory, failed)) return Unit{};
  if (directory.has_parent_path() && directory.parent_path() != directory) {
    auto made = make_directories(directory.parent_path(), kForTheWorld);
    if (!made.ok()) return made;
  }
  std::filesystem::create_directory(directory, failed);
  // Whatever the umask: it is somebody else who reads, or nobody.
  if (!failed) {
    std::filesystem::permissions(directory, static_cast<std::filesystem::perms>(mode), failed);
  }
  if (failed) return Error{ErrorCode::kUnavailable, "a directory of the signer cannot be made"};
  return sync_directory(directory.parent_path());
}

}  // namespace assent
