#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "identity/decode/byte_stream.h"

namespace assent {

enum class Encoding { kUtf8, kWindows1251, kUtf16Le, kUtf16Be };

// Bytes of the byte order mark that `text` begins with, 0 when there is none.
std::size_t mark_length(std::string_view text);

// Offset of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates).
std::optional<std::size_t> first_malformed(std::string_view text);
// Length of the well-formed character at the front; 0 when it is malformed; -1 when it is cut off.
int utf8_length(std::string_view text);

// Collects what tells the encodings apart, over a whole file in pieces of any size.
class EncodingDetector {
 public:
  void add(std::string_view bytes);

  // A byte order mark decides. Else text without a malformed character is UTF-8. Else it is
  // windows-1251 when its high bytes stand in runs of Cyrillic letters, as words do; else it is
  // UTF-8 with some bad bytes, whose rows are rejected one by one. nullopt: NUL bytes in the
  // amount of UTF-16 without its mark, or of a file that is not text.
  std::optional<Encoding> finish();

  // Where the first character that is not UTF-8 stands: line, and byte in that line, from 1.
  const std::optional<Position>& malformed() const { return malformed_; }

 private:
  void add_utf8(char byte);
  void add_cyrillic(std::uint8_t byte);
  void note_malformed();

  std::string head_;     // The first four bytes, for the mark.
  std::string pending_;  // A character that is not complete yet; at most three bytes.
  std::uint64_t bytes_ = 0;
  std::uint64_t nuls_ = 0;
  std::uint64_t wide_ = 0;     // Well-formed characters of more than one byte.
  std::uint64_t bad_ = 0;      // Bytes that belong to none.
  std::uint64_t letters_ = 0;  // Bytes that are Cyrillic letters in windows-1251.
  std::uint64_t others_ = 0;   // Other bytes above 0x7F.
  std::uint64_t mixed_ = 0;    // Such letters next to an ASCII letter.
  std::uint8_t before_ = 0;
  std::uint64_t line_ = 1;
  std::uint32_t column_ = 0;
  std::optional<Position> malformed_;
};

// The same text as UTF-8, without its byte order mark. What the source encoding does not define (a
// lone surrogate, 0x98 of windows-1251) becomes the byte 0xFF, so that its row is rejected.
std::unique_ptr<ByteStream> decode_stream(std::unique_ptr<ByteStream> bytes, Encoding encoding);

}  // namespace assent
