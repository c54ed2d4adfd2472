#include "witness_state.h"

#include <algorithm>

#include "core/digest.h"
#include "core/file.h"

namespace assent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".log";
constexpr std::string_view kLockExtension = ".lock";
constexpr std::string_view kContradictionExtension = ".contradiction";
constexpr std::string_view kLogWord = "log ";
constexpr std::size_t kStateBytesMax = 2 * kNoteBytesMax;

Error corrupt(StaticText reason) {
  return Error{ErrorCode::kCorrupt, reason};
}

fs::path file_of(const fs::path& directory, std::string_view origin, std::string_view extension) {
  return directory / (origin_hash(origin) + std::string(extension));
}

// Keys and the note as they stand, nothing verified.
struct StateText {
  std::vector<VerifierKey> keys;
  std::string note;
};

Result<StateText> parse_state(std::string_view text) {
  StateText state;
  while (text.starts_with(kLogWord)) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    auto key = parse_vkey(text.substr(kLogWord.size(), end - kLogWord.size()));
    if (!key.ok()) return corrupt("the witness's state has a line that is no key");
    state.keys.push_back(std::move(*key));
    text.remove_prefix(end + 1);
  }
  if (state.keys.empty() || !text.starts_with('\n')) {
    return corrupt("the witness's state holds a file that is not of this form");
  }
  const std::string& origin = state.keys.front().name;
  if (std::ranges::any_of(state.keys, [&](const VerifierKey& k) { return k.name != origin; })) {
    return corrupt("the witness's state has keys of two logs in one file");
  }
  state.note = text.substr(1);
  return state;
}

std::string state_text(const std::vector<VerifierKey>& keys, std::string_view note) {
  std::string text;
  for (const VerifierKey& key : keys) text += std::string(kLogWord) + format_vkey(key) + "\n";
  return text + "\n" + std::string(note);
}

Result<WitnessedLog> verified(StateText state, const VerifierKey& own) {
  WitnessedLog log{state.keys.front().name, std::move(state.keys), std::nullopt};
  if (state.note.empty()) return log;
  auto head = parse_signed_checkpoint(state.note);
  if (!head.ok()) return corrupt("the witness's state has a checkpoint that cannot be read");
  const auto cosignature = check_signature(head->note, own);
  if (head->checkpoint.origin != log.origin || cosignature.state != SignatureState::kValid ||
      log_signatures(head->note, log.keys).state != SignatureState::kValid) {
    return corrupt("the witness's state has a checkpoint that it did not cosign under this key");
  }
  log.newest = Cosigned{std::move(head->checkpoint), cosignature.time_s, std::move(state.note)};
  return log;
}

Result<WitnessedLog> read_log(const fs::path& file, const VerifierKey& own) {
  const auto text = read_file(file, kStateBytesMax);
  if (!text.ok()) return text.error();
  auto state = parse_state(*text);
  if (!state.ok()) return state.error();
  auto log = verified(std::move(*state), own);
  if (!log.ok()) return log.error();
  if (file.stem() != origin_hash(log->origin)) {
    return corrupt("the witness's state has a file under the name of another log");
  }
  return log;
}

}  // namespace

std::string origin_hash(std::string_view origin) {
  return to_hex(sha256(as_bytes(origin)));
}

LogSignatures log_signatures(const Note& note, std::span<const VerifierKey> keys) {
  LogSignatures found;
  for (const VerifierKey& key : keys) {
    const SignatureState state = check_signature(note, key).state;
    if (state == SignatureState::kForged) return {state, {}};
    if (state != SignatureState::kValid) continue;
    const auto line = std::ranges::find_if(note.signatures, [&](const NoteSignature& s) {
      return s.name == key.name && s.id == key.id;
    });
    found.state = state;
    found.lines += signature_line(*line);
  }
  return found;
}

Result<std::map<std::string, WitnessedLog>> read_witness_state(const fs::path& directory,
                                                               const VerifierKey& own) {
  std::error_code failed;
  std::map<std::string, WitnessedLog> logs;
  for (auto entry = fs::directory_iterator(directory, failed);
       !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const fs::path& file = entry->path();
    if (file.extension() != kExtension) continue;
    auto log = read_log(file, own);
    if (!log.ok()) return log.error();
    const std::string origin = log->origin;
    logs.emplace(origin, std::move(*log));
  }
  if (failed) return Error{ErrorCode::kUnavailable, "the witness's state cannot be read"};
  return logs;
}

Result<FileLock> lock_witnessed_log(const fs::path& directory, std::string_view origin) {
  return FileLock::take(file_of(directory, origin, kLockExtension), FileLock::Wait::kYes);
}

Result<WitnessedLog> read_witnessed_log(const fs::path& directory, std::string_view origin,
                                        const VerifierKey& own) {
  return read_log(file_of(directory, origin, kExtension), own);
}

Status write_witness_state(const fs::path& directory, const WitnessedLog& log) {
  const std::string note = log.newest ? log.newest->note : "";
  return replace_file(file_of(directory, log.origin, kExtension), state_text(log.keys, note), 0644);
}

Status add_witnessed_log(const fs::path& directory, const VerifierKey& key) {
  if (key.type != kEd25519Type) {
    return Error{ErrorCode::kInvalid, "this key is not one that signs checkpoints"};
  }
  std::error_code failed;
  fs::create_directories(directory, failed);
  const auto lock = lock_witnessed_log(directory, key.name);
  if (!lock.ok()) return lock.error();
  const fs::path file = file_of(directory, key.name, kExtension);
  StateText state;
  if (const auto text = read_file(file, kStateBytesMax); text.ok()) {
    auto known = parse_state(*text);
    if (!known.ok()) return known.error();
    state = std::move(*known);
  } else if (text.error().code != ErrorCode::kNotFound) {
    return text.error();
  }
  if (std::ranges::find(state.keys, key) != state.keys.end()) return Unit{};
  if (state.keys.size() == kLogKeysMax) {
    return Error{ErrorCode::kTooLarge, "the witness knows 8 keys of this log already"};
  }
  state.keys.push_back(key);
  return replace_file(file, state_text(state.keys, state.note), 0644);
}

Result<bool> keep_contradiction(const fs::path& directory, const WitnessedLog& log,
                                const Note& other) {
  if (has_contradiction(directory, log.origin)) return false;
  std::string text = log.newest->note + "\n" + other.text + "\n";
  text += log_signatures(other, log.keys).lines;
  auto kept = replace_file(file_of(directory, log.origin, kContradictionExtension), text, 0644);
  if (!kept.ok()) return kept.error();
  return true;
}

bool has_contradiction(const fs::path& directory, std::string_view origin) {
  std::error_code failed;
  return fs::exists(file_of(directory, origin, kContradictionExtension), failed);
}

}  // namespace assent
