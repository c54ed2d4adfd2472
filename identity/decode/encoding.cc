#include "identity/decode/encoding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "cyrillic.h"

namespace assent {
namespace {

bool is_ascii_letter(std::uint8_t c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

// Bytes that a lead byte announces; 0 when it cannot begin a character.
int announced(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
bool second_fits(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

// UTF-32 first: its mark begins as that of UTF-16, and no table begins with a NUL.
std::optional<Encoding> marked_encoding(std::string_view head) {
  if (head.starts_with(std::string_view("\xFF\xFE\0\0", 4))) return Encoding::kUtf32Le;
  if (head.starts_with(std::string_view("\0\0\xFE\xFF", 4))) return Encoding::kUtf32Be;
  if (head.starts_with("\xFF\xFE")) return Encoding::kUtf16Le;
  if (head.starts_with("\xFE\xFF")) return Encoding::kUtf16Be;
  if (head.starts_with("\xEF\xBB\xBF")) return Encoding::kUtf8;
  return std::nullopt;
}

}  // namespace

std::optional<Encoding> parse_encoding(std::string_view name) {
  using Named = std::pair<std::string_view, Encoding>;
  constexpr std::array kNames = {Named{"utf-8", Encoding::kUtf8},
                                 Named{"utf-16le", Encoding::kUtf16Le},
                                 Named{"utf-16be", Encoding::kUtf16Be},
                                 Named{"utf-32le", Encoding::kUtf32Le},
                                 Named{"utf-32be", Encoding::kUtf32Be},
                                 Named{"windows-1251", Encoding::kWindows1251},
                                 Named{"koi8-r", Encoding::kKoi8},
                                 Named{"koi8-u", Encoding::kKoi8},
                                 Named{"ibm866", Encoding::kIbm866},
                                 Named{"iso-8859-5", Encoding::kIso8859Cyrillic},
                                 Named{"mac-cyrillic", Encoding::kMacCyrillic}};
  const auto found = std::ranges::find(kNames, name, &Named::first);
  return found == kNames.end() ? std::nullopt : std::optional(found->second);
}

int utf8_length(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const int length = announced(lead);
  for (int i = 1; i < length; ++i) {
    if (static_cast<std::size_t>(i) >= text.size()) return -1;
    const auto c = static_cast<std::uint8_t>(text[static_cast<std::size_t>(i)]);
    if (i == 1 ? !second_fits(lead, c) : (c & 0xC0) != 0x80) return 0;
  }
  return length;
}

std::optional<std::size_t> first_malformed(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    while (at + 8 <= text.size()) {
      std::memcpy(&eight, text.data() + at, 8);
      const std::uint64_t high = eight & 0x8080808080808080U;
      if (high != 0) {
        if constexpr (std::endian::native == std::endian::little) {
          at += static_cast<std::size_t>(std::countr_zero(high)) / 8;
        }
        break;
      }
      at += 8;
    }
    if (at >= text.size()) break;
    const int length = utf8_length(text.substr(at));
    if (length <= 0) return at;
    at += static_cast<std::size_t>(length);
  }
  return std::nullopt;
}

EncodingDetector::EncodingDetector() : cyrillic_(std::make_unique<CyrillicGuess>()) {}
EncodingDetector::~EncodingDetector() = default;

void EncodingDetector::add(std::string_view bytes) {
  for (const char byte : bytes) {
    if (head_.size() < 4) head_ += byte;
    const auto c = static_cast<std::uint8_t>(byte);
    ++column_;
    if (c >= 0x80 || !pending_.empty()) add_utf8(byte);
    add_high(c);
    if (c == '\n') {
      ++line_;
      column_ = 0;
    }
    before_ = c;
  }
  bytes_ += bytes.size();
}

void EncodingDetector::add_high(std::uint8_t c) {
  cyrillic_->add(c);
  nuls_ += c == 0;
  const bool high = c >= 0x80;
  high_ += high;
  mixed_ += high ? is_ascii_letter(before_) : is_ascii_letter(c) && before_ >= 0x80;
}

void EncodingDetector::add_utf8(char byte) {
  pending_ += byte;
  const int length = utf8_length(pending_);
  if (length < 0) return;
  if (length > 0) {
    wide_ += length > 1;
    pending_.clear();
    return;
  }
  note_malformed();
  const bool retry = pending_.size() > 1;  // The byte that broke it may begin another character.
  pending_.clear();
  if (retry) add_utf8(byte);
}

void EncodingDetector::note_malformed() {
  ++bad_;
  if (malformed_) return;
  const auto begun = static_cast<std::uint32_t>(pending_.size()) - 1;
  malformed_ = Position{line_, column_ > begun ? column_ - begun : 1};
}

Result<Encoding> EncodingDetector::finish(std::optional<Encoding> named) {
  if (!pending_.empty()) {
    ++column_;
    pending_ += ' ';
    note_malformed();
    pending_.clear();
  }
  if (const auto marked = marked_encoding(head_)) return *marked;
  if (named) return *named;
  if (nuls_ * 10 > bytes_) {
    return Error{ErrorCode::kInvalid,
                 "the file is not text, or is UTF-16 or UTF-32 without a byte order mark"};
  }
  if (bad_ == 0 || wide_ > bad_ || mixed_ * 4 >= high_) return Encoding::kUtf8;
  const auto verdict = cyrillic_->finish();
  if (!verdict.is_cyrillic) return Encoding::kUtf8;
  if (verdict.encoding) return *verdict.encoding;
  return Error{ErrorCode::kInvalid,
               "the encoding of the file's Cyrillic letters cannot be told: save it as UTF-8, or "
               "name its encoding in the mapping"};
}

}  // namespace assent
