#include "core/json_text.h"

namespace assent {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_control(std::string& out, unsigned char c) {
  out += "\\u00";
  out += kHexDigits[c >> 4];
  out += kHexDigits[c & 0x0f];
}

}  // namespace

void append_json_string(std::string& out, std::string_view utf8) {
  out += '"';
  for (const char c : utf8) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          append_control(out, static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace assent
