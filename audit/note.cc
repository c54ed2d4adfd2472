#include "audit/note.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace assent {
namespace {

constexpr std::string_view kSignatureMark = "\u2014 ";  // Em dash, space.
constexpr std::size_t kIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;

Error invalid(StaticText reason) {
  return Error{ErrorCode::kInvalid, reason};
}

bool is_space(char32_t c) {
  return c == 0x20 || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Takes one code point off the front; nullopt when it is not valid UTF-8 (RFC 3629).
std::optional<char32_t> take_code_point(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return std::nullopt;
  char32_t value = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    value = (value << 6) | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const auto c = take_code_point(text);
    if (!c || (*c < 0x20 && *c != '\n')) return false;
  }
  return true;
}

std::uint32_t key_id(std::string_view name, std::uint8_t type, ByteView material) {
  Bytes head;
  put(head, name);
  head.push_back('\n');
  head.push_back(type);
  return get_u32(sha256(head, material).data());
}

std::string id_hex(std::uint32_t id) {
  Bytes bytes;
  put_u32(bytes, id);
  return to_hex(bytes);
}

bool is_known_type(std::uint8_t type) {
  return type == kEd25519Type || type == kCosignatureType;
}

std::string line_of(const VerifierKey& key, ByteView signature) {
  return signature_line({key.name, key.id, Bytes(signature.begin(), signature.end())});
}

// Takes "— name base64" without its newline.
std::optional<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kSignatureMark)) return std::nullopt;
  line.remove_prefix(kSignatureMark.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() <= kIdBytes) return std::nullopt;
  return NoteSignature{std::string(line.substr(0, space)), get_u32(bytes->data()),
                       Bytes(bytes->begin() + kIdBytes, bytes->end())};
}

std::string cosigned_message(std::string_view text, std::uint64_t time_s) {
  return "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + std::string(text);
}

// nullopt when it does not verify, else the time it states (0 for a plain signature).
std::optional<std::uint64_t> verify_line(const Note& note, const VerifierKey& key,
                                         ByteView signature) {
  Hash32 public_key{};
  std::copy(key.material.begin(), key.material.end(), public_key.begin());
  if (key.type == kEd25519Type) {
    if (!verify_signature(public_key, as_bytes(note.text), signature)) return std::nullopt;
    return 0;
  }
  if (signature.size() <= kTimeBytes) return std::nullopt;
  const std::uint64_t time_s = get_u64(signature.data());
  if (time_s > INT64_MAX) return std::nullopt;
  const std::string message = cosigned_message(note.text, time_s);
  if (!verify_signature(public_key, as_bytes(message), signature.subspan(kTimeBytes))) {
    return std::nullopt;
  }
  return time_s;
}

}  // namespace

bool is_key_name(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto c = take_code_point(name);
    if (!c || *c < 0x20 || *c == '+' || is_space(*c)) return false;
  }
  return true;
}

VerifierKey verifier_key(std::string_view name, std::uint8_t type, const Hash32& public_key) {
  return {std::string(name), key_id(name, type, public_key), type,
          Bytes(public_key.begin(), public_key.end())};
}

std::string format_vkey(const VerifierKey& key) {
  Bytes typed{key.type};
  put(typed, ByteView(key.material));
  return key.name + "+" + id_hex(key.id) + "+" + to_base64(typed);
}

Result<VerifierKey> parse_vkey(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == text.npos ? text.npos : text.find('+', first + 1);
  if (second == text.npos) return invalid("verifier key has not three parts");
  const std::string_view name = text.substr(0, first);
  if (!is_key_name(name)) return invalid("verifier key has no valid name");
  const auto typed = from_base64(text.substr(second + 1));
  if (!typed || typed->size() < 2) return invalid("verifier key is not base64");
  const std::uint8_t type = typed->front();
  const ByteView material = ByteView(*typed).subspan(1);
  if (is_known_type(type) && material.size() != Hash32{}.size()) {
    return invalid("Ed25519 key is not 32 bytes");
  }
  const std::uint32_t id = key_id(name, type, material);
  if (text.substr(first + 1, second - first - 1) != id_hex(id)) {
    return invalid("verifier key id is not the key's");
  }
  return VerifierKey{std::string(name), id, type, Bytes(material.begin(), material.end())};
}

Result<Note> parse_note(std::string_view text) {
  if (text.size() > kNoteBytesMax) return Error{ErrorCode::kTooLarge, "note is over 64 KiB"};
  if (!is_note_text(text)) return invalid("note is not UTF-8 text");
  const std::size_t split = text.rfind("\n\n");
  if (split == text.npos || !text.ends_with('\n')) return invalid("note has no signatures");
  Note note{std::string(text.substr(0, split + 1)), {}};
  std::string_view lines = text.substr(split + 2);
  while (!lines.empty()) {
    if (note.signatures.size() == kNoteSignaturesMax) {
      return Error{ErrorCode::kTooLarge, "note has more than 16 signatures"};
    }
    const std::size_t end = lines.find('\n');
    auto signature = parse_signature(lines.substr(0, end));
    if (!signature) return invalid("note has a malformed signature line");
    note.signatures.push_back(std::move(*signature));
    lines.remove_prefix(end + 1);
  }
  if (note.signatures.empty()) return invalid("note has no signatures");
  return note;
}

std::string signature_line(const NoteSignature& signature) {
  Bytes bytes;
  put_u32(bytes, signature.id);
  put(bytes, ByteView(signature.bytes));
  return std::string(kSignatureMark) + signature.name + " " + to_base64(bytes) + "\n";
}

std::string signature_line(std::string_view name, const SigningKey& key, std::string_view text) {
  return line_of(verifier_key(name, kEd25519Type, key.public_key), sign(key, as_bytes(text)));
}

std::string cosignature_line(std::string_view name, const SigningKey& key, std::string_view text,
                             std::uint64_t time_s) {
  Bytes timed;
  put_u64(timed, time_s);
  put(timed, ByteView(sign(key, as_bytes(cosigned_message(text, time_s)))));
  return line_of(verifier_key(name, kCosignatureType, key.public_key), timed);
}

std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  std::string note = std::string(text) + "\n" + signature_line(name, key, text);
  const auto parsed = parse_note(note);
  if (!parsed.ok() || parsed->text != text) throw std::invalid_argument("not the text of a note");
  return note;
}

SignatureCheck check_signature(const Note& note, const VerifierKey& key) {
  SignatureCheck check;
  if (!is_known_type(key.type)) return check;
  for (const NoteSignature& line : note.signatures) {
    if (line.name != key.name || line.id != key.id) continue;
    const auto time_s = verify_line(note, key, line.bytes);
    if (!time_s) return {SignatureState::kForged, 0};
    check = {SignatureState::kValid, std::max(check.time_s, *time_s)};
  }
  return check;
}

}  // namespace assent
