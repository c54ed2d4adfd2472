#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "core/file_lock.h"
#include "core/result.h"

// What a witness remembers of each log: one file an origin, <SHA-256 of the origin>.log, with lines
// "log VKEY", an empty line and, once there is one, the newest checkpoint it cosigned. A log whose
// file is missing is an unknown log, never one that begins anew. Who reads a file to write it again
// holds the lock of that log meanwhile, <SHA-256 of the origin>.lock, so that a log or a key can be
// added beside a witness that runs.
namespace assent {

// A log rotates its keys now and then; a note has room for its line, ours and some strangers'.
inline constexpr std::size_t kLogKeysMax = 8;

// The newest checkpoint cosigned, as the world may read it.
struct Cosigned {
  Checkpoint checkpoint;
  std::uint64_t time_s = 0;  // Of our cosignature.
  std::string note;          // With the lines of the log that hold, and ours.
};

struct WitnessedLog {
  std::string origin;
  std::vector<VerifierKey> keys;  // At least one; all of this name, all Ed25519.
  std::optional<Cosigned> newest;
};

// The lower-case hexadecimal SHA-256 that stands for an origin in names of files and URLs.
std::string origin_hash(std::string_view origin);

// The first line of each key that signed the note, when there is one and no line is forged.
// nullopt   none of `keys` signed; or a line claims to be one's and does not verify (`forged`).
struct LogSignatures {
  SignatureState state = SignatureState::kAbsent;
  std::string lines;  // Of kValid.
};
LogSignatures log_signatures(const Note& note, std::span<const VerifierKey> keys);

// By origin. Every checkpoint in them is cosigned by `own` and signed by its log.
// kUnavailable  the directory or a file cannot be read.
// kCorrupt      a file is not as we write it: a state is never skipped and never guessed.
Result<std::map<std::string, WitnessedLog>> read_witness_state(
    const std::filesystem::path& directory, const VerifierKey& own);

// The lock of one log; waits for it. kUnavailable: the directory cannot be written.
Result<FileLock> lock_witnessed_log(const std::filesystem::path& directory,
                                    std::string_view origin);

// One log as read_witness_state() reads it. kNotFound: it is unknown.
Result<WitnessedLog> read_witnessed_log(const std::filesystem::path& directory,
                                        std::string_view origin, const VerifierKey& own);

// Durable when it returns. The caller holds the log's lock.
Status write_witness_state(const std::filesystem::path& directory, const WitnessedLog& log);

// Makes a log known, or another key of a known one; what is there already is left as it is.
// Takes the log's lock; a witness that runs finds it with the next request for this log.
// kInvalid   the key is not one that signs checkpoints (Ed25519, type 0x01).
// kTooLarge  over kLogKeysMax keys.
Status add_witnessed_log(const std::filesystem::path& directory, const VerifierKey& key);

// Keeps the first proof that a log signed two histories, <hash>.contradiction: the checkpoint we
// hold and the one that contradicts it. True when it is new.
Result<bool> keep_contradiction(const std::filesystem::path& directory, const WitnessedLog& log,
                                const Note& other);
bool has_contradiction(const std::filesystem::path& directory, std::string_view origin);

}  // namespace assent
