#include "api/http.h"

#include <algorithm>
#include <stdexcept>

namespace assent {
namespace {

constexpr Method kMethods[] = {Method::kGet,   Method::kHead,   Method::kPost,   Method::kPut,
                               Method::kPatch, Method::kDelete, Method::kOptions};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

StaticText method_name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
  }
  return "unknown";
}

std::optional<Method> parse_method(std::string_view name) {
  for (const Method method : kMethods) {
    if (method_name(method).view() == name) return method;
  }
  return std::nullopt;
}

void Headers::add(std::string_view name, std::string_view value) {
  if (name.empty() || has_control(name) || has_control(value)) {
    throw std::logic_error("a header field would break out of its line");
  }
  fields_.emplace_back(name, value);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (same_word(key, name)) return value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [&](const auto& field) { return same_word(field.first, name); }));
}

const std::string& Request::param(StaticText name) const {
  for (const auto& [key, value] : params) {
    if (key == name.view()) return value;
  }
  throw std::logic_error("the route's pattern has no such segment");
}

Response no_content() {
  return Response{.status = 204};
}

Response json_response(int status, std::string json) {
  return text_response(status, "application/json", std::move(json));
}

Response text_response(int status, StaticText content_type, std::string text) {
  Response response{.status = status, .body = std::move(text)};
  response.headers.add("Content-Type", content_type.view());
  return response;
}

Response stream_response(StaticText content_type, BodyProducer producer) {
  Response response{.stream = std::move(producer)};
  response.headers.add("Content-Type", content_type.view());
  return response;
}

}  // namespace assent
