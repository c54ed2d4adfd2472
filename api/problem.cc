#include "api/problem.h"

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

// The members every problem has, without the closing brace.
std::string problem_members(int status, StaticText code, StaticText detail, const RequestId& id) {
  std::string json;
  append_text(json, "type", "about:blank");
  append_text(json, "title", reason_phrase(status).view());
  append_number(json, "status", static_cast<std::uint64_t>(status));
  append_text(json, "detail", detail.view());
  append_text(json, "code", code.view());
  append_text(json, "request_id", id.text());
  return json;
}

Response problem_response(int status, std::string members) {
  return text_response(status, "application/problem+json", std::move(members) + "}");
}

}  // namespace

Response render(const Error& error, const RequestId& request) {
  const int status = status_of(error.code);
  std::string json = problem_members(status, error_name(error.code), error.reason, request);
  if (error.position && error.position->line != 0) {
    append_number(json, "line", error.position->line);
  }
  if (error.position && error.position->column != 0) {
    append_number(json, "column", error.position->column);
  }
  if (error.field) append_text(json, "field", error.field->text());
  Response response = problem_response(status, std::move(json));
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
  return problem_response(status, problem_members(status, code, detail, request));
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
