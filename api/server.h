#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/router.h"
#include "core/result.h"

namespace assent {

class Clock;
class Log;
class Random;
class Traffic;

// PEM files. TLS 1.3 is the only version spoken.
struct TlsFiles {
  std::string certificate_chain;
  std::string private_key;
};

// Every limit of the edge. A time is a total for its whole phase, set once, so a client that sends
// a byte a second gains nothing. At worst connections_max small bodies and large_bodies_bytes_max
// are in memory; a body is large beyond kSmallBodyBytes, and its route is asked before it is read.
struct ServerConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0 takes a free one.
  std::optional<TlsFiles> tls = std::nullopt;
  std::size_t io_threads = 2;
  std::size_t workers = 8;             // Threads for handlers, which may block on the database.
  std::size_t queue_max = 256;         // Requests that wait for a worker; beyond it 429.
  std::size_t connections_max = 4096;  // Beyond it 503.
  std::uint32_t head_bytes_max = 8192;
  static constexpr std::uint64_t kSmallBodyBytes = 64 * 1024;
  std::size_t large_bodies_bytes_max = 512 << 20;  // Of all connections; beyond it 503.
  std::size_t late_answers_max = 64;  // Answers that wait for Response::late; others do not wait.
  std::chrono::milliseconds handshake_max{10'000};
  std::chrono::milliseconds idle_max{60'000};  // Between requests, up to the first byte.
  std::chrono::milliseconds head_max{10'000};
  std::chrono::milliseconds body_max{30'000};
  std::chrono::milliseconds answer_max{30'000};  // Request::deadline, the queue included.
  std::chrono::milliseconds late_max{2'000};     // For Response::late, from the answer on.
  std::chrono::milliseconds write_max{30'000};   // For each 64 KiB of an answer.
};

// The HTTP/1.1 server. Idle, slow and hostile clients cost a socket, never a thread: sockets live
// on io threads, handlers run on a bounded pool. Every request gets an id and, once answered, one
// access event in the log (method, route pattern, status, duration; never path, query or address).
// An exception from a handler becomes a 500 whose request_id is the incident's name; its text goes
// nowhere.
//
// What a client meets besides the answers of handlers: 400 and close for what is malformed or
// ambiguous (framing, Host, target), 404, 405, 413, 417, 429 with Retry-After when the queue is
// full, 431, 501, 503 with Retry-After beyond connections_max or large_bodies_bytes_max or past the
// deadline in the queue, 505 for anything but HTTP/1.1. A phase past its time is closed without an
// answer.
class Server {
 public:
  // All references must outlive the server; the router must not change once it is started.
  // Answers are counted in `traffic`.
  Server(ServerConfig config, const Router& router, const Clock& clock, Random& random, Log& log,
         Traffic& traffic);
  // Drains without grace if that has not been done.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens and returns; the work is done on the server's own threads. Once.
  // kInvalid      the address is no IP address, or certificate and key cannot be used.
  // kUnavailable  the address cannot be bound.
  Status start();

  std::uint16_t port() const;

  // Refuses new connections, closes idle ones, finishes what is in flight, and cuts what is not
  // finished after `grace`. Returns when all threads have ended, so a handler that blocks longer
  // delays it. Call from outside the server's threads (main, on SIGTERM). Idempotent.
  void drain(std::chrono::milliseconds grace);

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace assent
