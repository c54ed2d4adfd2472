#include "audit/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace assent {
namespace {

// Takes one line with its newline off the front; empty when there is none.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == text.npos) return {};
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

Result<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value);
  const bool leading_zero = digits.size() > 1 && digits.front() == '0';
  if (failure != std::errc{} || stop != end || leading_zero) {
    return Error{ErrorCode::kInvalid, "not a decimal number"};
  }
  return value;
}

Result<Hash32> parse_hash(std::string_view base64) {
  constexpr std::size_t kTextBytes = 44;
  const auto bytes = base64.size() == kTextBytes ? from_base64(base64) : std::nullopt;
  Hash32 hash{};
  if (!bytes || bytes->size() != hash.size()) {
    return Error{ErrorCode::kInvalid, "not the base64 of a hash"};
  }
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::string format_checkpoint(const Checkpoint& checkpoint) {
  if (!is_key_name(checkpoint.origin)) throw std::invalid_argument("origin is not a key name");
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view note_text) {
  Checkpoint checkpoint;
  checkpoint.origin = take_line(note_text);
  if (checkpoint.origin.empty()) return Error{ErrorCode::kInvalid, "checkpoint has no origin"};
  const auto size = parse_number(take_line(note_text));
  if (!size.ok()) return Error{ErrorCode::kInvalid, "checkpoint has no tree size"};
  const auto root = parse_hash(take_line(note_text));
  if (!root.ok()) return Error{ErrorCode::kInvalid, "checkpoint has no root hash"};
  while (!note_text.empty()) {
    if (take_line(note_text).empty()) {
      return Error{ErrorCode::kInvalid, "checkpoint has an empty extension line"};
    }
  }
  checkpoint.size = *size;
  checkpoint.root = *root;
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  return sign_note(format_checkpoint(checkpoint), checkpoint.origin, key);
}

Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view text) {
  auto note = parse_note(text);
  if (!note.ok()) return note.error();
  auto checkpoint = parse_checkpoint(note->text);
  if (!checkpoint.ok()) return checkpoint.error();
  return SignedCheckpoint{std::move(*checkpoint), std::move(*note)};
}

}  // namespace assent
