#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/digest.h"
#include "core/result.h"

// Signed notes of c2sp.org/signed-note: text, an empty line, signature lines. Pure functions,
// thread-safe. A note's text means nothing until a trusted key's signature has been checked.
namespace assent {

inline constexpr std::size_t kNoteBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kNoteSignaturesMax = 16;

// The types this version can verify. Others (0x06, ML-DSA-44, among them) are kept and ignored.
inline constexpr std::uint8_t kEd25519Type = 0x01;
inline constexpr std::uint8_t kCosignatureType = 0x04;  // c2sp.org/tlog-cosignature, Ed25519.

struct VerifierKey {
  std::string name;
  std::uint32_t id = 0;
  std::uint8_t type = kEd25519Type;
  Bytes material;  // The public key; 32 bytes for the two types above.
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  Bytes bytes;  // Without the id.
};

struct Note {
  std::string text;  // Ends in a newline.
  std::vector<NoteSignature> signatures;
};

// Non-empty, valid UTF-8, without Unicode spaces, control characters or '+'.
bool is_key_name(std::string_view name);
VerifierKey verifier_key(std::string_view name, std::uint8_t type, const Hash32& public_key);
std::string format_vkey(const VerifierKey& key);
// kInvalid   not "name+hex+base64", the id is not the key's, or a known type has not 32 bytes.
Result<VerifierKey> parse_vkey(std::string_view text);

// kTooLarge  over a limit above.
// kInvalid   not a signed note: not UTF-8, control characters, no signature, a malformed line.
Result<Note> parse_note(std::string_view text);

// The line that parse_note made the signature of, with its newline.
std::string signature_line(const NoteSignature& signature);
// One signature line with its newline. `text` ends in a newline.
std::string signature_line(std::string_view name, const SigningKey& key, std::string_view text);
// The line of a witness that saw this checkpoint text at `time_s` (seconds since 1970).
std::string cosignature_line(std::string_view name, const SigningKey& key, std::string_view text,
                             std::uint64_t time_s);
// text, empty line, signature. Throws std::invalid_argument when the result is no valid note.
std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key);

// kAbsent    the key did not sign, or this version cannot verify its type.
// kForged    a line claims this name and id, and does not verify: reject the whole note.
enum class SignatureState { kAbsent, kValid, kForged };
struct SignatureCheck {
  SignatureState state = SignatureState::kAbsent;
  std::uint64_t time_s = 0;  // Of a valid cosignature, else 0.
};
SignatureCheck check_signature(const Note& note, const VerifierKey& key);

}  // namespace assent
