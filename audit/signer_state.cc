#include "signer_state.h"

#include "core/file.h"

namespace assent {
namespace {

constexpr std::string_view kExtension = ".checkpoint";
constexpr std::string_view kPublishedName = "checkpoint";

}  // namespace

Result<Checkpoint> own_checkpoint(std::string_view note, const Hash32& public_key) {
  auto parsed = parse_signed_checkpoint(note);
  if (!parsed.ok()) return Error{ErrorCode::kCorrupt, "a checkpoint cannot be read"};
  const VerifierKey key = verifier_key(parsed->checkpoint.origin, kEd25519Type, public_key);
  if (check_signature(parsed->note, key).state != SignatureState::kValid) {
    return Error{ErrorCode::kCorrupt, "a checkpoint is not signed by the key of the log"};
  }
  return std::move(parsed->checkpoint);
}

Result<std::map<TenantId, Checkpoint>> read_signer_states(const std::filesystem::path& directory,
                                                          const Hash32& public_key) {
  std::error_code failed;
  std::map<TenantId, Checkpoint> states;
  for (auto entry = std::filesystem::directory_iterator(directory, failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::filesystem::path& file = entry->path();
    if (file.extension() != kExtension) continue;
    const auto log = TenantId::parse(file.stem().string());
    if (!log) return Error{ErrorCode::kCorrupt, "the signer's state holds a file of no log"};
    auto note = read_file(file, kNoteBytesMax);
    if (!note.ok()) return note.error();
    auto checkpoint = own_checkpoint(*note, public_key);
    if (!checkpoint.ok()) return checkpoint.error();
    states.emplace(*log, std::move(*checkpoint));
  }
  if (failed) return Error{ErrorCode::kUnavailable, "the signer's state cannot be read"};
  return states;
}

Result<std::optional<std::string>> read_published(const std::filesystem::path& directory,
                                                  TenantId log) {
  auto note = read_file(directory / log.text() / kPublishedName, kNoteBytesMax);
  if (note.ok()) return std::optional(std::move(*note));
  if (note.error().code == ErrorCode::kNotFound) return std::optional<std::string>();
  return note.error();
}

Status write_published(const std::filesystem::path& directory, TenantId log,
                       const std::string& note) {
  std::error_code failed;
  std::filesystem::create_directories(directory / log.text(), failed);
  if (failed) return Error{ErrorCode::kUnavailable, "a directory of the signer cannot be made"};
  return replace_file(directory / log.text() / kPublishedName, note, 0644);
}

Status write_signer_state(const std::filesystem::path& directory, TenantId log,
                          const std::string& note) {
  return replace_file(directory / (log.text() + std::string(kExtension)), note, 0600);
}

}  // namespace assent
