#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/server.h"
#include "api/traffic.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/log.h"
#include "core/random.h"

namespace assent {

// A handler that keeps its worker until the test lets go.
class Gate {
 public:
  void wait() { opened_.wait(); }
  void open() { promise_.set_value(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> opened_ = promise_.get_future().share();
};

// A server on a free port of the loopback, with what the test adds to its routes.
class LiveServer {
 public:
  explicit LiveServer(ServerConfig config = {}) : config_(std::move(config)) {
    crypto_ready();
    get("/hello", [](const Request&) { return json_response(200, R"({"hello":"world"})"); });
  }

  void get(StaticText pattern, Handler handler) {
    router_.add({Method::kGet, pattern, "test", std::move(handler)});
  }
  void post(StaticText pattern, Handler handler, std::uint64_t body_bytes_max = kBodyBytesMax) {
    router_.add({Method::kPost, pattern, "test", std::move(handler), body_bytes_max});
  }

  void add(Route route) { router_.add(std::move(route)); }

  std::uint16_t start() {
    server_.emplace(config_, router_, clock_, random_, log_, traffic_);
    if (!server_->start().ok()) throw std::runtime_error("the test server did not start");
    return server_->port();
  }
  Server& server() { return *server_; }
  const Traffic& traffic() const { return traffic_; }
  std::uint16_t port() const { return server_->port(); }
  // Only after a drain, when no thread writes any more.
  std::string log_text() const { return log_out_.str(); }

 private:
  ServerConfig config_;
  Router router_;
  SystemClock clock_;
  SystemRandom random_;
  std::ostringstream log_out_;
  Log log_{clock_, log_out_};
  Traffic traffic_;
  std::optional<Server> server_;
};

// A client that sends exactly the bytes it is given.
class RawClient {
 public:
  static constexpr int kPatienceMs = 20'000;

  explicit RawClient(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  bool send(std::string_view bytes) {  // False once the server has closed the connection.
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next bytes; empty at the end of the stream, on a reset, and when patience is out.
  std::string receive() {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) != 1) return {};
    std::string bytes(65'536, '\0');
    const auto got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  std::string receive_until(std::string_view ending) {
    std::string all;
    for (std::string more = "-"; all.find(ending) == std::string::npos && !more.empty();) {
      all += more = receive();
    }
    return all;
  }
  std::string receive_all() {
    std::string all;
    for (std::string more = receive(); !more.empty(); more = receive()) all += more;
    return all;
  }
  // The server closes the connection while we are patient.
  bool closed() {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) != 1) return false;
    char byte = 0;
    return ::recv(fd_, &byte, 1, 0) <= 0;
  }

 private:
  int fd_;
  bool connected_ = false;
};

// What comes back for `bytes` on a connection of their own.
inline std::string exchange(std::uint16_t port, std::string_view bytes) {
  RawClient client(port);
  client.send(bytes);
  return client.receive_all();
}

inline int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

}  // namespace assent
