#include "identity/email.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "identity/normalise.h"

namespace assent {
namespace {

Error invalid(StaticText reason) {
  return {ErrorCode::kInvalid, reason};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}
char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
}

// What nobody sees would make two addresses of one.
bool has_hidden_character(std::string_view text) {
  for (std::int32_t at = 0; at < static_cast<std::int32_t>(text.size());) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(text.data(), at, static_cast<std::int32_t>(text.size()), c);
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
        u_isUWhiteSpace(c) != 0 || u_iscntrl(c) != 0 || c == 0xFFFD) {
      return true;
    }
  }
  return false;
}

// RFC 5322 atext, and RFC 6531's characters beyond ASCII.
bool is_atom_char(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return is_letter(c) || is_digit(c) || (c & 0x80) != 0 || kMarks.find(c) != std::string_view::npos;
}

bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > kEmailLocalBytesMax) return false;
  if (local.front() == '.' || local.back() == '.') return false;
  if (local.find("..") != std::string_view::npos) return false;
  return std::all_of(local.begin(), local.end(),
                     [](char c) { return c == '.' || is_atom_char(c); });
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
    return false;
  }
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

// At least two labels, the last with a letter: an address in digits is no domain.
bool is_domain(std::string_view domain) {
  std::size_t labels = 0;
  std::string_view label;
  while (true) {
    const auto dot = domain.find('.');
    label = domain.substr(0, dot);
    if (!is_label(label)) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  return labels > 1 && std::any_of(label.begin(), label.end(), is_letter);
}

const icu::IDNA& idna() {
  static const std::unique_ptr<icu::IDNA> instance = [] {
    UErrorCode code = U_ZERO_ERROR;
    std::unique_ptr<icu::IDNA> created(icu::IDNA::createUTS46Instance(
        UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI, code));
    if (U_FAILURE(code)) throw std::runtime_error("ICU has no IDNA data");
    return created;
  }();
  return *instance;
}

// "" when it is no domain.
std::string to_a_label(std::string_view domain) {
  UErrorCode code = U_ZERO_ERROR;
  icu::IDNAInfo info;
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  idna().nameToASCII_UTF8({domain.data(), static_cast<int32_t>(domain.size())}, sink, info, code);
  return U_FAILURE(code) || info.hasErrors() ? "" : out;
}

}  // namespace

Result<Plaintext> normalise_email(std::string_view text) {
  text = trim(text);
  if (text.size() > 4 * kEmailBytesMax) return invalid("the e-mail is too long");
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return invalid("the e-mail has no @");
  if (text.find('\0') != std::string_view::npos) return invalid("the e-mail holds a NUL");
  const std::string_view host = text.substr(at + 1);
  std::string local(text.substr(0, at));
  if (is_ascii(local)) {
    std::transform(local.begin(), local.end(), local.begin(), to_lower);
  } else if (has_hidden_character(local)) {
    return invalid("the e-mail holds a character that cannot be seen");
  } else {
    local = lower_case(local);
  }
  if (!is_local_part(local)) return invalid("the part before the @ of the e-mail is not valid");
  std::string domain = is_ascii(host) ? std::string(host) : to_a_label(host);
  std::transform(domain.begin(), domain.end(), domain.begin(), to_lower);
  if (!is_domain(domain)) return invalid("the domain of the e-mail is not valid");
  local += '@';
  local += domain;
  if (local.size() > kEmailBytesMax) return invalid("the e-mail is too long");
  return Plaintext(local);
}

}  // namespace assent
