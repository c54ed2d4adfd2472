#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "identity/decode/byte_stream.h"

namespace assent {

enum class Encoding {
  kUtf8,
  kUtf16Le,
  kUtf16Be,
  kUtf32Le,
  kUtf32Be,
  kWindows1251,
  kKoi8,  // KOI8-R and KOI8-U.
  kIbm866,
  kIso8859Cyrillic,  // ISO 8859-5.
  kMacCyrillic
};
// By the names that mappings use: "utf-8", "utf-16le", "windows-1251", "koi8-r", ….
std::optional<Encoding> parse_encoding(std::string_view name);

// Offset of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates).
std::optional<std::size_t> first_malformed(std::string_view text);
// Length of the well-formed character at the front; 0 when it is malformed; -1 when it is cut off.
int utf8_length(std::string_view text);

class CyrillicGuess;

// Collects what tells the encodings apart, over a whole file in pieces of any size.
class EncodingDetector {
 public:
  EncodingDetector();
  ~EncodingDetector();

  void add(std::string_view bytes);

  // A byte order mark decides; `named`, what the mapping says, comes next. Else text without a
  // malformed character is UTF-8. Else its high bytes may stand in runs, as the letters of words
  // do: then it is Cyrillic in the encoding of one byte whose letters they fit (cyrillic.h). Else
  // it is UTF-8 with some bad bytes, whose rows are rejected one by one.
  // kInvalid  NUL bytes in the amount of UTF-16 without its mark, or of a file that is not text;
  //           Cyrillic that may be read in two ways.
  Result<Encoding> finish(std::optional<Encoding> named = std::nullopt);

  // Where the first character that is not UTF-8 stands: line, and byte in that line, from 1.
  const std::optional<Position>& malformed() const { return malformed_; }

 private:
  void add_utf8(char byte);
  void add_high(std::uint8_t byte);
  void note_malformed();

  std::string head_;     // The first four bytes, for the mark.
  std::string pending_;  // A character that is not complete yet; at most three bytes.
  std::uint64_t bytes_ = 0;
  std::uint64_t nuls_ = 0;
  std::uint64_t wide_ = 0;   // Well-formed characters of more than one byte.
  std::uint64_t bad_ = 0;    // Bytes that belong to none.
  std::uint64_t high_ = 0;   // Bytes above 0x7F.
  std::uint64_t mixed_ = 0;  // Such bytes next to an ASCII letter.
  std::unique_ptr<CyrillicGuess> cyrillic_;
  std::uint8_t before_ = 0;
  std::uint64_t line_ = 1;
  std::uint32_t column_ = 0;
  std::optional<Position> malformed_;
};

// The same text as UTF-8, without its byte order mark. What the source encoding does not define (a
// lone surrogate, 0x98 of windows-1251, a code beyond Unicode) becomes the byte 0xFF, so that its
// row is rejected.
std::unique_ptr<ByteStream> decode_stream(std::unique_ptr<ByteStream> bytes, Encoding encoding);

}  // namespace assent
