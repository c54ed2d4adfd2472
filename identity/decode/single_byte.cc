#include "single_byte.h"

#include <unicode/ucnv.h>

#include <map>
#include <memory>
#include <stdexcept>

namespace assent {
namespace {

// As ICU names them. KOI8-U is KOI8-R with the letters of Ukrainian in place of eight lines that
// draw boxes.
const char* icu_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::kWindows1251:
      return "windows-1251";
    case Encoding::kKoi8:
      return "KOI8-U";
    case Encoding::kIbm866:
      return "IBM866";
    case Encoding::kIso8859Cyrillic:
      return "ISO-8859-5";
    case Encoding::kMacCyrillic:
      return "x-mac-cyrillic";
    case Encoding::kUtf8:
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
    case Encoding::kUtf32Le:
    case Encoding::kUtf32Be:
      break;
  }
  throw std::logic_error("an encoding of more than one byte a character");
}

HighHalf load(Encoding encoding) {
  UErrorCode code = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(
      ucnv_open(icu_name(encoding), &code), &ucnv_close);
  if (U_FAILURE(code)) throw std::runtime_error("ICU does not know an encoding");
  HighHalf half{};
  for (std::size_t i = 0; i < half.size(); ++i) {
    const char byte = static_cast<char>(0x80 + i);
    std::array<UChar, 4> text{};
    code = U_ZERO_ERROR;
    const auto length = ucnv_toUChars(converter.get(), text.data(), text.size(), &byte, 1, &code);
    const bool is_character = U_SUCCESS(code) && length == 1 && text[0] != 0xFFFD &&
                              text[0] != 0x1A && (text[0] < 0x80 || text[0] > 0x9F);
    half.at(i) = is_character ? static_cast<char32_t>(text[0]) : kUndefined;
  }
  return half;
}

}  // namespace

const HighHalf& high_half(Encoding encoding) {
  static const std::map<Encoding, HighHalf> halves = [] {
    std::map<Encoding, HighHalf> all;
    for (const Encoding one : kSingleByteEncodings) all.emplace(one, load(one));
    return all;
  }();
  const auto found = halves.find(encoding);
  if (found == halves.end()) throw std::logic_error("an encoding of more than one byte");
  return found->second;
}

}  // namespace assent
