#include "identity/normalise.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <stdexcept>

namespace assent {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool is_blank(UChar32 c) {
  return u_isUWhiteSpace(c) || c < 0x20 || c == 0x7F || (c >= 0x200B && c <= 0x200F) ||
         c == 0x2060 || c == 0xFEFF || c == 0x00AD;
}

UChar32 next_char(std::string_view text, std::size_t& at) {
  UChar32 c = 0;
  auto i = static_cast<int32_t>(at);
  U8_NEXT_OR_FFFD(text.data(), i, static_cast<int32_t>(text.size()), c);
  at = static_cast<std::size_t>(i);
  return c;
}

// Characters that NFKC leaves alone: ASCII, the letters of Latin-1 and of Russian.
bool is_plain(UChar32 c) {
  return (c >= 0x20 && c < 0x7F) || (c >= 0xC0 && c <= 0xFF) || (c >= 0x400 && c <= 0x45F);
}

bool is_plain(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_plain(next_char(text, at))) return false;
  }
  return true;
}

std::string with(const icu::Normalizer2& form, std::string_view text) {
  UErrorCode code = U_ZERO_ERROR;
  const auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  std::string out;
  form.normalize(wide, code).toUTF8String(out);
  if (U_FAILURE(code)) throw std::runtime_error("ICU cannot normalise");
  return out;
}

const icu::Normalizer2& nfkc() {
  UErrorCode code = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFKCInstance(code);
  if (U_FAILURE(code)) throw std::runtime_error("ICU has no data");
  return *form;
}

const icu::Normalizer2& nfkc_casefold() {
  UErrorCode code = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFKCCasefoldInstance(code);
  if (U_FAILURE(code)) throw std::runtime_error("ICU has no data");
  return *form;
}

void append_char(std::string& out, UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  out.append(bytes, static_cast<std::size_t>(length));
}

std::string collapse(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const UChar32 c = next_char(text, at);
    if (is_blank(c)) {
      gap = gap || u_isUWhiteSpace(c);
      continue;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    if (static_cast<char32_t>(c) == kReplacement) {
      append_char(out, c);
    } else {
      out.append(text.substr(begin, at - begin));
    }
  }
  return out;
}

std::string cleaned(std::string_view text) {
  text = trim(text);
  return is_plain(text) ? collapse(text) : collapse(with(nfkc(), text));
}

// Case folding of is_plain() text, with ё as е.
std::string fold_plain(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    UChar32 c = next_char(text, at);
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x410 && c <= 0x42F)) {
      c += 0x20;
    } else if (c >= 0x400 && c <= 0x40F) {
      c += 0x50;
    }
    if (c == 0x451) c = 0x435;
    if (c == 0xDF) {
      out += "ss";
    } else {
      append_char(out, c);
    }
  }
  return out;
}

// Where the escape sequence that begins at `at` ends: CSI to its final byte, OSC to BEL or ST.
std::size_t end_of_escape(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return text.size();
  const char kind = text[at + 1];
  at += 2;
  if (kind == '[') {
    while (at < text.size() && (text[at] < 0x40 || text[at] > 0x7E)) ++at;
    return std::min(at + 1, text.size());
  }
  if (kind == ']' || kind == 'P' || kind == '_' || kind == '^') {
    while (at < text.size() && text[at] != '\a' && text[at] != '\x1b') ++at;
    return std::min(at + (at < text.size() && text[at] == '\x1b' ? 2 : 1), text.size());
  }
  return at;
}

bool turns_direction(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
         c == 0x200F || c == 0x061C;
}

}  // namespace

std::string_view trim(std::string_view text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t next = begin;
    if (!is_blank(next_char(text, next))) break;
    begin = next;
  }
  std::size_t end = text.size();
  while (end > begin) {
    auto i = static_cast<int32_t>(end);
    UChar32 c = 0;
    U8_PREV_OR_FFFD(text.data(), static_cast<int32_t>(begin), i, c);
    if (!is_blank(c)) break;
    end = static_cast<std::size_t>(i);
  }
  return text.substr(begin, end - begin);
}

Plaintext clean_text(std::string_view text) {
  return Plaintext(cleaned(text));
}

std::string fold_key(std::string_view text) {
  const std::string clean = cleaned(text);
  if (is_plain(clean)) return fold_plain(clean);
  return fold_plain(with(nfkc_casefold(), clean));
}

std::string lower_case(std::string_view text) {
  UErrorCode code = U_ZERO_ERROR;
  const auto* nfc = icu::Normalizer2::getNFCInstance(code);
  if (U_FAILURE(code)) throw std::runtime_error("ICU has no data");
  auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  wide.toLower(icu::Locale::getRoot());
  std::string out;
  nfc->normalize(wide, code).toUTF8String(out);
  if (U_FAILURE(code)) throw std::runtime_error("ICU cannot normalise");
  return out;
}

Plaintext normalise_card(std::string_view text) {
  std::string out;
  const std::string clean = cleaned(text);
  for (std::size_t at = 0; at < clean.size();) {
    const UChar32 c = next_char(clean, at);
    if (u_isalnum(c)) append_char(out, u_toupper(c));
  }
  return Plaintext(out);
}

std::string displayable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      at = end_of_escape(text, at);
      continue;
    }
    const UChar32 c = next_char(text, at);
    if (c == '\n' || c == '\t') {
      out += ' ';
    } else if (!u_iscntrl(c) && !turns_direction(c)) {
      append_char(out, c);
    }
  }
  return out;
}

}  // namespace assent
