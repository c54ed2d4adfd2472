#include "api/problem.h"

#include <algorithm>
#include <charconv>

#include "core/json_text.h"

namespace assent {
namespace {

constexpr StaticText kRetryBusySeconds = "1";
constexpr StaticText kRetryUnavailableSeconds = "5";

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return 400;
    case ErrorCode::kUnauthenticated:
      return 401;
    case ErrorCode::kDenied:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kGone:
      return 410;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kBusy:
      return 429;
    case ErrorCode::kCorrupt:
      return 500;
    case ErrorCode::kUnavailable:
      return 503;
  }
  return 500;
}

void append_text(std::string& json, StaticText name, std::string_view value) {
  json += json.empty() ? '{' : ',';
  append_json_string(json, name.view());
  json += ':';
  append_json_string(json, value);
}

void append_number(std::string& json, StaticText name, std::uint64_t value) {
  json += ',';
  append_json_string(json, name.view());
  json += ':';
  json += std::to_string(value);
}

std::string problem_json(int status, const Problem& problem, const RequestId& id,
                         Language language) {
  std::string json;
  append_text(json, "type", "about:blank");
  append_text(json, "title", translate(reason_phrase(status), language));
  append_number(json, "status", static_cast<std::uint64_t>(status));
  append_text(json, "detail", translate(problem.detail, language));
  append_text(json, "code", problem.code.view());
  append_text(json, "request_id", id.text());
  const Position at = problem.position.value_or(Position{});
  if (at.line != 0) append_number(json, "line", at.line);
  if (at.column != 0) append_number(json, "column", at.column);
  if (problem.field) append_text(json, "field", problem.field->text());
  return json + "}";
}

Response problem_response(int status, Problem problem, const RequestId& id) {
  Response response = text_response(status, "application/problem+json",
                                    problem_json(status, problem, id, Language::kEnglish));
  response.problem = std::move(problem);
  return response;
}

// The weight of "ru;q=0.5", 1 without one; what cannot be read counts as 0, which is "not this".
double weight_of(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1;
  double weight = 0;
  const auto text = parameters.substr(at + 2);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), weight);
  return read.ec == std::errc() ? weight : 0;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

Language accepted_language(std::string_view header) {
  Language best = Language::kEnglish;
  double best_weight = 0;
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    const auto range = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const auto semicolon = std::min(range.find(';'), range.size());
    const auto language = parse_language(trimmed(range.substr(0, semicolon)));
    const double weight = weight_of(range.substr(semicolon));
    if (!language || weight <= best_weight) continue;
    best = *language;
    best_weight = weight;
  }
  return best;
}

void add_language(Response& response, Language language) {
  response.headers.add("Content-Language", language_tag(language).view());
  response.headers.add("Vary", "Accept-Language");
}

void speak_to(const Request& request, Response& response) {
  if (!response.problem) return;
  const Language language =
      accepted_language(request.headers.find("Accept-Language").value_or(std::string_view{}));
  response.body = problem_json(response.status, *response.problem, request.id, language);
  add_language(response, language);
}

Response render(const Error& error, const RequestId& request) {
  Response response = problem_response(
      status_of(error.code), {error_name(error.code), error.reason, error.position, error.field},
      request);
  if (error.code == ErrorCode::kBusy) {
    response.headers.add("Retry-After", kRetryBusySeconds.view());
  }
  if (error.code == ErrorCode::kUnavailable) {
    response.headers.add("Retry-After", kRetryUnavailableSeconds.view());
  }
  if (error.code == ErrorCode::kUnauthenticated) {
    response.headers.add("WWW-Authenticate", "Bearer");
  }
  return response;
}

Response problem(int status, StaticText code, StaticText detail, const RequestId& request) {
  return problem_response(status, {.code = code, .detail = detail}, request);
}

StaticText reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

}  // namespace assent
