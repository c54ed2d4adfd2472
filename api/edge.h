#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "api/http.h"
#include "api/router.h"
#include "api/traffic.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"

// Private to the room: what the server does with a request apart from sockets.
namespace assent {

// Host present once, framing unambiguous: at most one Content-Length, a plain number, or one
// Transfer-Encoding, "chunked". RFC 9112 sections 3.2 and 6.3; what a proxy before us might read
// otherwise is refused.
Status check_head(const Headers& headers);

// What the server refuses before any handler sees it.
enum class Fault {
  kMalformed,
  kHeadTooLarge,
  kBodyTooLarge,
  kVersion,
  kMethod,
  kExpectation,
  kTooManyConnections,
  kTooManyBodies,
  kQueueFull
};
Response refusal(Fault fault, const RequestId& id);

// How a body's end is told, and what becomes of the connection.
enum class Framing { kNone, kLength, kChunked };
enum class After { kKeepAlive, kClose };

// Status line and fields with the empty line. The body's length is response.body.size().
std::string response_head(const Response& response, const RequestId& id, Timestamp now,
                          Framing framing, After after);

// One chunk of the chunked coding. `text` is not empty, for that would be the last chunk.
std::string as_chunk(std::string_view text);

// "Sat, 21 Nov 2026 10:00:03 GMT"
std::string http_date(Timestamp at);

// One pull of a streamed body.
struct Piece {
  enum class Kind { kText, kEnd, kBroken };
  Kind kind = Kind::kBroken;
  std::string text;
};

// The fence between handlers and the server. Thread-safe.
class Edge {
 public:
  Edge(const Router& router, const Clock& clock, Random& random, Log& log, Traffic& traffic)
      : router_(router), clock_(clock), random_(random), log_(log), traffic_(traffic) {}

  RequestId new_id();
  Timestamp now() const { return clock_.now(); }
  Routing route(const Request& request) const;
  // The answer to a request that no route takes: 404, 405, or 204 for OPTIONS.
  Response unrouted(const Request& request, const Routing& routing) const;

  // A refusal because there is too much to do just now; counted.
  Response overloaded(Fault fault, const RequestId& id);

  // Never throws: an exception is logged as an incident and answered with 500.
  // Past its deadline the request is not started: 503.
  Response answer(const Route& route, const Request& request) noexcept;
  // Route::refuse_early, under the same fence.
  std::optional<Response> refuse_early(const Route& route, const Request& request) noexcept;
  // One look of `response.late`. Never throws: an exception is logged and ends the looking.
  bool look(Response& response, const RequestId& id) noexcept;
  // Never throws: an exception or an Error is logged and breaks the stream.
  Piece pull(const BodyProducer& producer, const RequestId& id) noexcept;

  // Whatever waits in the queue from now on is answered without running, and streams break.
  void give_up() { given_up_ = true; }

  struct Access {
    std::optional<Method> method;
    const Route* route = nullptr;
    int status = 0;
    std::chrono::steady_clock::duration took{};
    RequestId id;
  };
  void log_access(const Access& access);

 private:
  const Router& router_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  Traffic& traffic_;
  Response incident(const Route& route, const Request& request) noexcept;

  std::atomic<bool> given_up_ = false;
};

}  // namespace assent
