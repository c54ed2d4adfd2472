#pragma once

#include <httplib.h>

#include <cstdint>
#include <string>
#include <thread>
#include <utility>

namespace assent {

// A server that answers a POST to one path as a test wants it to.
class OddServer {
 public:
  OddServer(const std::string& path, httplib::Server::Handler handler) {
    server_.set_keep_alive_max_count(1);  // Else its end waits for clients to go.
    server_.Post(path, std::move(handler));
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // stop() of one that does not run yet does nothing, and it would then run for ever.
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~OddServer() {
    server_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace assent
