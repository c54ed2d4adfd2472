#include "edge.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <exception>

#include "api/problem.h"

namespace assent {
namespace {

constexpr StaticText kIncident = "an unexpected failure; quote the request_id";

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && text.find_first_of(" \t,/\\@?#") == std::string_view::npos;
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

}  // namespace

Status check_head(const Headers& headers) {
  if (headers.count("Host") != 1 || !is_host(*headers.find("Host"))) {
    return Error{ErrorCode::kInvalid, "the request needs exactly one valid Host"};
  }
  const auto lengths = headers.count("Content-Length");
  const auto codings = headers.count("Transfer-Encoding");
  if (lengths + codings > 1) {
    return Error{ErrorCode::kInvalid, "the body's length is given more than once"};
  }
  if (lengths == 1 && !is_number(*headers.find("Content-Length"))) {
    return Error{ErrorCode::kInvalid, "the Content-Length is not a number"};
  }
  if (codings == 1 && !same_word(*headers.find("Transfer-Encoding"), "chunked")) {
    return Error{ErrorCode::kInvalid, "the only Transfer-Encoding accepted is chunked"};
  }
  // Which of two would count is a guess, and another program on the way may guess otherwise.
  if (headers.count("Authorization") > 1) {
    return Error{ErrorCode::kInvalid, "the request has more than one Authorization"};
  }
  if (headers.count(kForWhomHeader.view()) > 1) {
    return Error{ErrorCode::kInvalid, "the request has more than one Assent-On-Behalf-Of"};
  }
  if (headers.count("Content-Type") > 1) {
    return Error{ErrorCode::kInvalid, "the request has more than one Content-Type"};
  }
  return Unit{};
}

Response refusal(Fault fault, const RequestId& id) {
  switch (fault) {
    case Fault::kMalformed:
      return render(Error{ErrorCode::kInvalid, "the request is not valid HTTP/1.1"}, id);
    case Fault::kHeadTooLarge:
      return problem(431, "head_too_large", "the head of the request is over its limit", id);
    case Fault::kBodyTooLarge:
      return render(Error{ErrorCode::kTooLarge, "the body is over its limit"}, id);
    case Fault::kVersion:
      return problem(505, "version_not_supported", "only HTTP/1.1 is spoken", id);
    case Fault::kMethod:
      return problem(501, "method_not_implemented", "the method is not known", id);
    case Fault::kExpectation:
      return problem(417, "expectation_failed", "the only expectation known is 100-continue", id);
    case Fault::kTooManyConnections:
      return render(Error{ErrorCode::kUnavailable, "there are too many connections"}, id);
    case Fault::kTooManyBodies:
      return render(Error{ErrorCode::kUnavailable, "too many large bodies are being read"}, id);
    case Fault::kQueueFull:
      return render(Error{ErrorCode::kBusy, "the server has too much to do"}, id);
  }
  return problem(500, "internal", kIncident, id);
}

std::string http_date(Timestamp at) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(at.us / kSecondUs);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(tm.tm_wday)], tm.tm_mday,
                kMonths[static_cast<std::size_t>(tm.tm_mon)], tm.tm_year + 1900, tm.tm_hour,
                tm.tm_min, tm.tm_sec);
  return text.data();
}

std::string response_head(const Response& response, const RequestId& id, Timestamp now,
                          Framing framing, After after) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += reason_phrase(response.status).view();
  head += "\r\n";
  for (const auto& [name, value] : response.headers.all()) append_field(head, name, value);
  append_field(head, "X-Request-Id", id.text());
  append_field(head, "Date", http_date(now));
  append_field(head, "X-Content-Type-Options", "nosniff");
  if (!response.headers.find("Cache-Control")) append_field(head, "Cache-Control", "no-store");
  if (framing == Framing::kLength) {
    append_field(head, "Content-Length", std::to_string(response.body.size()));
  }
  if (framing == Framing::kChunked) append_field(head, "Transfer-Encoding", "chunked");
  if (after == After::kClose) append_field(head, "Connection", "close");
  head += "\r\n";
  return head;
}

std::string as_chunk(std::string_view text) {
  std::array<char, 16> digits{};
  char* const end = std::to_chars(digits.begin(), digits.end(), text.size(), 16).ptr;
  std::string chunk(digits.data(), end);
  chunk += "\r\n";
  chunk += text;
  chunk += "\r\n";
  return chunk;
}

RequestId Edge::new_id() {
  return RequestId{Uuid::v7(clock_, random_)};
}

Routing Edge::route(const Request& request) const {
  return router_.find(request.method, request.path);
}

Response Edge::unrouted(const Request& request, const Routing& routing) const {
  if (routing.allow.empty()) {
    return render(Error{ErrorCode::kNotFound, "there is nothing at this path"}, request.id);
  }
  Response response =
      request.method == Method::kOptions
          ? no_content()
          : problem(405, "method_not_allowed", "the path does not know this method", request.id);
  response.headers.add("Allow", routing.allow);
  return response;
}

Response Edge::answer(const Route& route, const Request& request) noexcept {
  if (given_up_ || std::chrono::steady_clock::now() > request.deadline) {
    traffic_.refused_for_load();
    return render(Error{ErrorCode::kUnavailable, "the request waited too long"}, request.id);
  }
  try {
    return route.handler(request);
  } catch (...) {
    return incident(route, request);
  }
}

std::optional<Response> Edge::refuse_early(const Route& route, const Request& request) noexcept {
  if (!route.refuse_early) return std::nullopt;
  try {
    return route.refuse_early(request);
  } catch (...) {
    return incident(route, request);
  }
}

Response Edge::incident(const Route& route, const Request& request) noexcept {
  log_.error("http.exception", {{"request_id", request.id}, {"route", route.pattern}});
  return problem(500, "internal", kIncident, request.id);
}

bool Edge::look(Response& response, const RequestId& id) noexcept {
  if (given_up_) return true;
  try {
    const LateAddition late = response.late;  // It may replace the answer, itself included.
    return late(response);
  } catch (...) {
    log_.error("http.late_exception", {{"request_id", id}});
    return true;
  }
}

Piece Edge::pull(const BodyProducer& producer, const RequestId& id) noexcept {
  if (given_up_) return {};
  try {
    auto next = producer();
    if (!next.ok()) {
      log_.error("http.stream_failed", {{"request_id", id}, {"code", next.error().code}});
      return {};
    }
    if (!next->has_value()) return {.kind = Piece::Kind::kEnd, .text = {}};
    return {.kind = Piece::Kind::kText, .text = std::move(**next)};
  } catch (...) {
    log_.error("http.stream_exception", {{"request_id", id}});
    return {};
  }
}

Response Edge::overloaded(Fault fault, const RequestId& id) {
  traffic_.refused_for_load();
  return refusal(fault, id);
}

void Edge::log_access(const Access& access) {
  traffic_.answered(access.status);
  const StaticText method = access.method ? method_name(*access.method) : StaticText("none");
  const StaticText route = access.route != nullptr ? access.route->pattern : StaticText("none");
  log_.info("http.request", {{"method", method},
                             {"route", route},
                             {"status", access.status},
                             {"duration_us", access.took},
                             {"request_id", access.id}});
}

}  // namespace assent
