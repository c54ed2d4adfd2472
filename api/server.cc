#include "api/server.h"

// clang-format off
#include "server_session.h"  // Includes what asio needs first.
// clang-format on

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <future>
#include <memory>
#include <thread>

#include "core/log.h"
#include "edge.h"
#include "worker_pool.h"

namespace assent {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using Acceptor = net::basic_socket_acceptor<net::ip::tcp, IoExecutor>;

constexpr std::chrono::milliseconds kAcceptPause{100};

// One thread with its event loop and the connections that live on it. A loop knows one thread only,
// so a connection needs no locks.
struct IoThread {
  net::io_context io{1};
  net::executor_work_guard<IoExecutor> busy{io.get_executor()};
  Connections connections;
  std::thread thread;
};

Status use_tls(net::ssl::context& context, const TlsFiles& files) {
  error_code chain;
  error_code key;
  context.use_certificate_chain_file(files.certificate_chain, chain);
  context.use_private_key_file(files.private_key, net::ssl::context::pem, key);
  const bool matching = !chain && !key && SSL_CTX_check_private_key(context.native_handle()) == 1;
  if (!matching) return Error{ErrorCode::kInvalid, "the TLS certificate and key cannot be used"};
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_3_VERSION);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
  return Unit{};
}

}  // namespace

class Server::Running {
 public:
  Running(ServerConfig config, const Router& router, const Clock& clock, Random& random, Log& log,
          Traffic& traffic)
      : config_(std::move(config)),
        log_(log),
        edge_(router, clock, random, log, traffic),
        connections_(config_.connections_max),
        large_bodies_(config_.large_bodies_bytes_max),
        late_answers_(static_cast<std::ptrdiff_t>(config_.late_answers_max)),
        threads_(config_.io_threads),
        acceptor_(threads_.front().io),
        pause_(threads_.front().io) {}

  Status start() {
    if (config_.tls) {
      tls_.emplace(net::ssl::context::tls_server);
      if (auto used = use_tls(*tls_, *config_.tls); !used.ok()) return used;
    }
    if (auto bound = bind(); !bound.ok()) return bound;
    pool_.emplace(config_.workers, config_.queue_max);
    shared_.emplace(ServerShared{config_, edge_, *pool_, connections_, large_bodies_, late_answers_,
                                 draining_});
    accept();
    for (IoThread& thread : threads_) {
      thread.thread = std::thread([&thread] { thread.io.run(); });
    }
    log_.info("server.started", {{"port", port_}, {"tls", config_.tls.has_value()}});
    return Unit{};
  }

  std::uint16_t port() const { return port_; }

  void drain(std::chrono::milliseconds grace) {
    if (!shared_ || draining_.exchange(true)) return;
    log_.info("server.draining", {{"connections", connections_.now()}});
    // Nothing new first: whoever sees an idle connection close cannot open another.
    const auto refusing = std::make_shared<std::promise<void>>();
    net::post(threads_.front().io, [this, refusing] {
      error_code ec;
      acceptor_.close(ec);
      pause_.cancel();
      refusing->set_value();
    });
    refusing->get_future().wait();
    for_each_connection(&Connection::close_if_idle);
    connections_.wait_until_none(grace);
    const std::size_t unfinished = connections_.now();
    edge_.give_up();
    for_each_connection(&Connection::cut);
    pool_->stop();
    for (IoThread& thread : threads_) thread.busy.reset();
    for (IoThread& thread : threads_) thread.thread.join();
    log_.info("server.drained", {{"cut", unfinished}});
  }

 private:
  Status bind() {
    error_code ec;
    const auto address = net::ip::make_address(config_.address, ec);
    if (ec) return Error{ErrorCode::kInvalid, "the listening address is not an IP address"};
    const net::ip::tcp::endpoint endpoint(address, config_.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(net::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(net::socket_base::max_listen_connections, ec);
    if (ec) return Error{ErrorCode::kUnavailable, "the listening address cannot be bound"};
    port_ = acceptor_.local_endpoint().port();
    return Unit{};
  }

  // Sockets are dealt to the io threads in turn.
  void accept() {
    IoThread& home = threads_[next_++ % threads_.size()];
    const auto socket = std::make_shared<Socket>(home.io);
    acceptor_.async_accept(*socket, [this, socket, &home](error_code ec) {
      if (draining_ || !acceptor_.is_open()) return;
      if (!ec) admit(std::move(*socket), home);
      if (ec && ec != net::error::connection_aborted) return accept_later();
      accept();
    });
  }

  // Most likely out of descriptors: those who wait stay in the backlog until connections end.
  void accept_later() {
    log_.warning("server.accept_failed", {{"connections", connections_.now()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code ec) {
      if (!ec && !draining_) accept();
    });
  }

  void admit(Socket socket, IoThread& home) {
    const Admission admission = connections_.enter();
    if (admission == Admission::kDropped) return;
    net::post(home.io, [this, admission, &home, socket = std::move(socket)]() mutable {
      start_session(std::move(socket), tls_ ? &*tls_ : nullptr, admission, *shared_,
                    home.connections);
    });
  }

  void for_each_connection(void (Connection::*act)()) {
    for (IoThread& thread : threads_) {
      net::post(thread.io, [&thread, act] {
        for (Connection* connection : thread.connections) (connection->*act)();
      });
    }
  }

  const ServerConfig config_;
  Log& log_;
  Edge edge_;
  std::atomic<bool> draining_ = false;
  ConnectionCount connections_;
  ByteBudget large_bodies_;
  std::counting_semaphore<> late_answers_;
  std::optional<net::ssl::context> tls_;
  std::optional<WorkerPool> pool_;
  std::optional<ServerShared> shared_;
  std::deque<IoThread> threads_;
  Acceptor acceptor_;
  Timer pause_;
  std::size_t next_ = 0;
  std::uint16_t port_ = 0;
};

Server::Server(ServerConfig config, const Router& router, const Clock& clock, Random& random,
               Log& log, Traffic& traffic)
    : running_(std::make_unique<Running>(std::move(config), router, clock, random, log, traffic)) {}

Server::~Server() {
  drain(std::chrono::milliseconds(0));
}

Status Server::start() {
  return running_->start();
}

std::uint16_t Server::port() const {
  return running_->port();
}

void Server::drain(std::chrono::milliseconds grace) {
  running_->drain(grace);
}

}  // namespace assent
