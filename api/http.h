#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/query.h"
#include "core/id.h"
#include "core/plaintext.h"
#include "core/result.h"
#include "core/static_text.h"

namespace assent {

// The vocabulary of HTTP as the resources (api/<resource>.cc) speak it. Nothing here knows sockets:
// a handler can be tested by calling it with a Request.

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
StaticText method_name(Method method);
std::optional<Method> parse_method(std::string_view name);  // Case-sensitive, as RFC 9110 says.

// Whether two words of the protocol are the same: field names, authentication schemes, codings and
// media types are written in any case (RFC 9110). ASCII only.
bool same_word(std::string_view a, std::string_view b);

// By which a request says on whose behalf it is made (api/caller.h).
inline constexpr StaticText kForWhomHeader = "Assent-On-Behalf-Of";

// Header fields in their order. Names are looked up without regard to case.
class Headers {
 public:
  // Throws std::logic_error on a control character: a handler must never be able to inject one.
  void add(std::string_view name, std::string_view value);
  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// What the `{name}` segments of the route's pattern stood for.
using PathParams = std::vector<std::pair<std::string, std::string>>;

// One request, complete and within its limits. Move-only, because the body is.
struct Request {
  Method method = Method::kGet;
  std::string path = {};  // Decoded, well-formed UTF-8, without empty, "." and ".." segments.
  PathParams params = {};
  Query query = {};
  Headers headers = {};
  Plaintext body = {};            // As sent; wiped with the request.
  Plaintext remote_address = {};  // An IP address is personal data.
  RequestId id = {};              // Made by the server (version 7), never taken from the client.
  // By when the answer must exist; statements on behalf of the request end by then. A streamed body
  // may outlive it.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

  // The segment called `name` in the route's pattern; std::logic_error when the pattern has none.
  const std::string& param(StaticText name) const;
};

// Makes the next piece of a streamed body: text, or nullopt after the last one. Called when the
// client has taken the piece before, one call at a time, each on any worker thread. An Error or an
// exception cuts the connection, so that the client sees an incomplete body, never a short one.
// Destroyed on a worker thread too, also when the client went away.
using BodyProducer = std::function<Result<std::optional<std::string>>()>;

// What a problem+json says (api/problem.h), kept beside its bytes: the language of whoever asked is
// known at the edge alone.
struct Problem {
  StaticText code;
  StaticText detail;
  std::optional<Position> position = {};
  std::optional<CatalogueName> field = {};
};

struct Response;
// Looks for what an answer still lacks, and puts it in or another answer in its place: true when
// that is done or will never be.
// Called on any worker thread, one call at a time; must be short.
using LateAddition = std::function<bool(Response&)>;

// An answer. Either `body` or `stream` is used. Cache-Control: no-store and the request's id are
// added by the server; Content-Length, Transfer-Encoding, Connection and Date are its alone.
struct Response {
  int status = 200;
  Headers headers = {};
  std::string body = {};  // Overwritten once sent.
  BodyProducer stream = {};
  // The answer is whole without it, and goes as it is when it does not come in time.
  LateAddition late = {};
  std::optional<Problem> problem = {};  // Of a refusal; `body` says it in English.
};

using Handler = std::function<Response(const Request&)>;

Response no_content();
Response json_response(int status, std::string json);
Response text_response(int status, StaticText content_type, std::string text);
Response stream_response(StaticText content_type, BodyProducer producer);

}  // namespace assent
