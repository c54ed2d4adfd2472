#pragma once

// clang-format off
#include <utility>  // Before asio: Boost 1.74's awaitable.hpp needs std::exchange.
// clang-format on

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/wait_traits.hpp>
#include <semaphore>
#include <set>

#include "api/server.h"
#include "byte_budget.h"
#include "connection_count.h"
#include "edge.h"
#include "offload.h"
#include "worker_pool.h"

// Private to the room: one connection, from its first byte to its last.
namespace assent {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, IoExecutor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

// What all connections share.
struct ServerShared {
  const ServerConfig& config;
  Edge& edge;
  WorkerPool& pool;
  ConnectionCount& connections;
  ByteBudget& large_bodies;
  std::counting_semaphore<>& late_answers;  // Places to wait in.
  const std::atomic<bool>& draining;
};

// A connection as the server sees it. Only touched on its own io thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void close_if_idle() = 0;
  virtual void cut() = 0;
};

// The connections of one io thread. Only touched on that thread.
using Connections = std::set<Connection*>;

// Called on the io thread of `socket`, after connections.enter(). The connection owns itself,
// stands in `siblings` while it lives and leaves the count when it ends. `tls` may be null.
void start_session(Socket socket, boost::asio::ssl::context* tls, Admission admission,
                   ServerShared& shared, Connections& siblings);

}  // namespace assent
