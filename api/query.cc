#include "api/query.h"

#include <algorithm>

#include "core/bytes.h"

namespace assent {
namespace {

constexpr Error kBadEscape{ErrorCode::kInvalid, "the request target has a broken %-escape"};

enum class Plus { kLiteral, kSpace };

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The length of the UTF-8 sequence at the start of `text`; 0 when it is malformed (RFC 3629:
// overlong forms, surrogates and code points above U+10FFFF included).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool outside = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

bool is_printable_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) return false;
    text.remove_prefix(length);
  }
  return true;
}

Result<std::string> decode(std::string_view encoded, Plus plus) {
  std::string out;
  out.reserve(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '+' && plus == Plus::kSpace) {
      out += ' ';
    } else if (encoded[i] != '%') {
      out += encoded[i];
    } else {
      const int high = i + 2 < encoded.size() ? hex_digit(encoded[i + 1]) : -1;
      const int low = i + 2 < encoded.size() ? hex_digit(encoded[i + 2]) : -1;
      if (high < 0 || low < 0) return kBadEscape;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!is_printable_utf8(out)) {
    return Error{ErrorCode::kInvalid, "the request target is not printable UTF-8"};
  }
  return out;
}

// Splits the part before the first `separator` off `rest`.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto at = rest.find(separator);
  const auto head = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return head;
}

Status check_segment(std::string_view encoded, std::string_view decoded) {
  if (encoded.empty()) return Error{ErrorCode::kInvalid, "the path has an empty segment"};
  if (decoded == "." || decoded == "..") {
    return Error{ErrorCode::kInvalid, "the path has a dot segment"};
  }
  if (decoded.find('/') != std::string_view::npos) {
    return Error{ErrorCode::kInvalid, "the path has an encoded slash"};
  }
  return Unit{};
}

Result<std::string> decode_path(std::string_view encoded) {
  if (encoded == "/") return std::string("/");
  std::string path;
  for (std::string_view rest = encoded.substr(1);;) {
    const bool last = rest.find('/') == std::string_view::npos;
    const auto segment = take_until(rest, '/');
    auto decoded = decode(segment, Plus::kLiteral);
    if (!decoded.ok()) return decoded.error();
    if (auto checked = check_segment(segment, *decoded); !checked.ok()) return checked.error();
    path += '/';
    path += *decoded;
    if (last) return path;
  }
}

}  // namespace

Result<Query> Query::parse(std::string_view encoded) {
  Query query;
  while (!encoded.empty()) {
    std::string_view value = take_until(encoded, '&');
    auto name = decode(take_until(value, '='), Plus::kSpace);
    if (!name.ok()) return name.error();
    auto decoded = decode(value, Plus::kSpace);
    if (!decoded.ok()) return decoded.error();
    if (name->empty()) return Error{ErrorCode::kInvalid, "a query parameter has no name"};
    for (const auto& param : query.params_) {
      if (param.first == *name) {
        return Error{ErrorCode::kInvalid, "a query parameter is given twice"};
      }
    }
    if (query.params_.size() == kParamsMax) {
      return Error{ErrorCode::kInvalid, "too many query parameters"};
    }
    query.params_.emplace_back(std::move(*name), std::move(*decoded));
  }
  return query;
}

std::optional<std::string_view> Query::get(StaticText name) const {
  for (const auto& [key, value] : params_) {
    if (key == name.view()) return value;
  }
  return std::nullopt;
}

Status Query::only(std::initializer_list<StaticText> known) const {
  for (const auto& param : params_) {
    const auto is_it = [&](StaticText name) { return name.view() == param.first; };
    if (std::none_of(known.begin(), known.end(), is_it)) {
      return Error{ErrorCode::kInvalid, "the query has a parameter that is not in the contract"};
    }
  }
  return Unit{};
}

Result<RequestTarget> parse_target(std::string_view target) {
  std::string_view query = target;
  const auto encoded_path = take_until(query, '?');
  if (!encoded_path.starts_with('/')) {
    return Error{ErrorCode::kInvalid, "the request target is not an absolute path"};
  }
  if (target.find('#') != std::string_view::npos) {
    return Error{ErrorCode::kInvalid, "the request target has a fragment"};
  }
  auto path = decode_path(encoded_path);
  if (!path.ok()) return path.error();
  auto parsed = Query::parse(query);
  if (!parsed.ok()) return parsed.error();
  return RequestTarget{std::move(*path), std::move(*parsed)};
}

}  // namespace assent
