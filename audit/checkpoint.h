#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/note.h"
#include "core/result.h"

// Checkpoints of c2sp.org/tlog-checkpoint: the signed head of a log. Pure functions, thread-safe.
namespace assent {

struct Checkpoint {
  std::string origin;  // "host/tenant/log": the log's name and its key's.
  std::uint64_t size = 0;
  Hash32 root{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The note text: origin, size, root, each with a newline. We write no extension lines.
// Throws std::invalid_argument when the origin is not a key name.
std::string format_checkpoint(const Checkpoint& checkpoint);

// Extension lines of others are accepted and left out; the signature covers them all the same.
// kInvalid   not a checkpoint.
Result<Checkpoint> parse_checkpoint(std::string_view note_text);

// The checkpoint in a signed note, signed by the log's key under the origin as its name.
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

struct SignedCheckpoint {
  Checkpoint checkpoint;
  Note note;
};
// Says nothing about who signed: log_policy.h judges that. Errors of parse_note too.
Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view text);

// Decimal digits without leading zeros, as every number of our text formats. kInvalid otherwise.
Result<std::uint64_t> parse_number(std::string_view digits);
// Base64 of exactly 32 bytes. kInvalid otherwise.
Result<Hash32> parse_hash(std::string_view base64);

}  // namespace assent
