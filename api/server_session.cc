#include "server_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <limits>
#include <optional>

#include "api/problem.h"
#include "offload.h"
#include "request_parser.h"

namespace assent {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

using PlainStream = beast::basic_stream<net::ip::tcp, IoExecutor>;
using TlsStream = beast::ssl_stream<PlainStream>;

constexpr std::size_t kHeadReadBytes = 4 * 1024;
constexpr std::size_t kBodyReadBytes = 64 * 1024;
constexpr std::size_t kWriteBytes = 64 * 1024;
constexpr std::size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::seconds kLinger{2};
constexpr std::chrono::milliseconds kLookStep{50};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// One connection. A coroutine on the io thread reads a request, hands it to the pool, writes the
// answer, and begins again; what a pipelining client sent ahead waits in the buffer.
template <class Stream>
class Session final : public Connection {
 public:
  template <class... Args>
  Session(Admission admission, ServerShared& shared, Connections& siblings, Args&&... args)
      : stream_(std::forward<Args>(args)...),
        admission_(admission),
        shared_(shared),
        siblings_(siblings) {
    siblings_.insert(this);
  }

  ~Session() override {
    siblings_.erase(this);
    shared_.connections.leave();
  }

  void close_if_idle() override {
    if (idle_) lowest().close();
  }
  void cut() override { lowest().close(); }

  Awaitable<void> run() {
    Next next = co_await begin();
    while (next == Next::kKeepAlive) next = co_await serve_one();
    if (next == Next::kLinger) co_await linger();
  }

 private:
  // kLinger closes after giving the client time to read the answer; kDrop closes at once.
  enum class Next { kKeepAlive, kLinger, kDrop };
  enum class Until { kHead, kEnd };

  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  PlainStream& lowest() { return beast::get_lowest_layer(stream_); }
  const ServerConfig& config() const { return shared_.config; }

  Awaitable<Next> begin() {
    if (shared_.draining) co_return Next::kDrop;
    error_code ec;
    lowest().socket().set_option(net::ip::tcp::no_delay(true), ec);
    if (const auto peer = lowest().socket().remote_endpoint(ec); !ec) {
      remote_address_ = Plaintext(peer.address().to_string());
    }
    if constexpr (kIsTls) {
      lowest().expires_after(config().handshake_max);
      co_await stream_.async_handshake(net::ssl::stream_base::server,
                                       net::redirect_error(Token(), ec));
      if (ec) co_return Next::kDrop;
    }
    if (admission_ == Admission::kAdmitted) co_return Next::kKeepAlive;
    start_exchange();
    co_return co_await refuse(shared_.edge.overloaded(Fault::kTooManyConnections, request_.id));
  }

  void start_exchange() {
    started_ = steady_clock::now();
    request_ = Request{};
    request_.id = shared_.edge.new_id();
    method_.reset();
    route_ = nullptr;
    large_body_.reset();
    parser_.emplace();
    parser_->header_limit(config().head_bytes_max);
    // The route's limit is set once the route is known (none would refuse every body in 1.74).
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    parser_->eager(false);
  }

  Awaitable<Next> serve_one() {
    if (!co_await first_byte()) co_return Next::kDrop;
    start_exchange();
    lowest().expires_after(config().head_max);
    if (const error_code ec = co_await parse(Until::kHead); ec) co_return co_await bad_input(ec);
    std::optional<Response> refusal = read_head();
    if (refusal) co_return co_await refuse(std::move(*refusal));
    Routing routing = shared_.edge.route(request_);
    if (routing.route == nullptr) {
      Response response = shared_.edge.unrouted(request_, routing);
      if (!parser_->is_done()) co_return co_await refuse(std::move(response));
      co_return co_await respond(std::move(response), after());
    }
    route_ = routing.route;
    request_.params = std::move(routing.params);
    if (!parser_->is_done()) {
      const Next next = co_await read_body();
      if (next != Next::kKeepAlive) co_return next;
    }
    co_return co_await answer();
  }

  // Waits between requests, where a drain may close the connection.
  Awaitable<bool> first_byte() {
    if (buffer_.size() > 0) co_return true;
    if (shared_.draining) co_return false;
    buffer_.shrink_to_fit();
    idle_ = true;
    lowest().expires_after(config().idle_max);
    const error_code ec = co_await fill(kHeadReadBytes);
    idle_ = false;
    co_return !ec;
  }

  Awaitable<error_code> fill(std::size_t bytes) {
    error_code ec;
    const std::size_t got =
        co_await stream_.async_read_some(buffer_.prepare(bytes), net::redirect_error(Token(), ec));
    buffer_.commit(got);
    co_return ec;
  }

  // Feeds the parser under the deadline that has been set. What it cannot use yet stays in the
  // buffer, which an endless head, chunk extension or trailer must not fill.
  Awaitable<error_code> parse(Until until) {
    while (!(until == Until::kHead ? parser_->is_header_done() : parser_->is_done())) {
      if (buffer_.size() > 0) {
        error_code ec;
        const std::size_t used = parser_->put(buffer_.data(), ec);
        buffer_.consume(used);
        if (!ec && used > 0) continue;
        if (ec && ec != http::error::need_more) co_return ec;
        if (buffer_.size() > config().head_bytes_max) {
          co_return http::make_error_code(http::error::header_limit);
        }
      }
      const error_code ec = co_await fill(until == Until::kHead ? kHeadReadBytes : kBodyReadBytes);
      if (ec) co_return ec;
    }
    co_return error_code();
  }

  // Answers what the parser found wrong; a client that is late or gone gets nothing.
  Awaitable<Next> bad_input(error_code ec) {
    const auto fault = fault_of(ec);
    if (!fault) co_return Next::kDrop;
    co_return co_await refuse(refusal(*fault, request_.id));
  }

  // Fills request_ from the parsed head; a response when the head is refused.
  std::optional<Response> read_head() {
    const auto& head = parser_->get();
    if (head.version() != 11) return refusal(Fault::kVersion, request_.id);
    request_.headers = copy_headers(*parser_);
    if (const Status head_ok = check_head(request_.headers); !head_ok.ok()) {
      return render(head_ok.error(), request_.id);
    }
    auto target = parse_target(view(head.target()));
    if (!target.ok()) return render(target.error(), request_.id);
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    request_.remote_address = remote_address_.duplicate();
    method_ = parse_method(view(head.method_string()));
    if (!method_) return refusal(Fault::kMethod, request_.id);
    request_.method = *method_;
    return std::nullopt;
  }

  Awaitable<Next> read_body() {
    const auto announced = parser_->content_length();
    if (announced && *announced > route_->body_bytes_max)
      co_return co_await refuse(refusal(Fault::kBodyTooLarge, request_.id));
    if (!announced || *announced > ServerConfig::kSmallBodyBytes) {
      if (auto refused = co_await admit_large(announced.value_or(route_->body_bytes_max))) {
        co_return co_await refuse(std::move(*refused));
      }
    }
    if (const auto expected = request_.headers.find("Expect")) {
      if (!beast::iequals("100-continue", beast::string_view(expected->data(), expected->size()))) {
        co_return co_await refuse(refusal(Fault::kExpectation, request_.id));
      }
      if (buffer_.size() == 0 && !co_await write(kContinue)) co_return Next::kDrop;
    }
    parser_->body_limit(route_->body_bytes_max);
    parser_->eager(true);
    lowest().expires_after(config().body_max);
    if (const error_code ec = co_await parse(Until::kEnd); ec) co_return co_await bad_input(ec);
    const auto& body = parser_->get().body();
    request_.body = Plaintext({body.data(), body.size()});
    co_return Next::kKeepAlive;
  }

  // Nobody who may not send it fills the memory with a large body, and not too many at once.
  Awaitable<std::optional<Response>> admit_large(std::uint64_t bytes) {
    std::function<std::optional<Response>()> work = [this] {
      return shared_.edge.refuse_early(*route_, request_);
    };
    auto refused = co_await offload(shared_.pool, WorkerPool::Entry::kNew, std::move(work));
    if (!refused) co_return shared_.edge.overloaded(Fault::kQueueFull, request_.id);
    if (*refused) co_return std::move(**refused);
    shared_.large_bodies.take(bytes, large_body_);
    if (!large_body_) co_return shared_.edge.overloaded(Fault::kTooManyBodies, request_.id);
    co_return std::nullopt;
  }

  Awaitable<Next> answer() {
    const After then = after();
    parser_.reset();
    request_.deadline = steady_clock::now() + config().answer_max;
    std::function<Response()> work = [this] { return shared_.edge.answer(*route_, request_); };
    std::unique_ptr<Response> response =
        co_await offload(shared_.pool, WorkerPool::Entry::kNew, std::move(work));
    request_.body = Plaintext();
    large_body_.reset();
    if (!response)
      co_return co_await respond(shared_.edge.overloaded(Fault::kQueueFull, request_.id), then);
    if (response->late) co_await complete(*response);
    co_return co_await respond(std::move(*response), then);
  }

  // Waits for what the answer still lacks with a timer alone, no worker: looks every so often, less
  // often with each look. Places are few, so that the looks cannot fill the queue.
  Awaitable<void> complete(Response& response) {
    if (!shared_.late_answers.try_acquire()) co_return;
    auto leave = [](std::counting_semaphore<>* places) { places->release(); };
    const std::unique_ptr<std::counting_semaphore<>, decltype(leave)> place(&shared_.late_answers,
                                                                            leave);
    const auto ends = steady_clock::now() + config().late_max;
    const std::function<bool()> look = [this, &response] {
      return shared_.edge.look(response, request_.id);
    };
    Timer timer(lowest().get_executor());
    auto at = steady_clock::now();
    for (auto pause = kLookStep; at < ends && !shared_.draining; pause += kLookStep) {
      at = std::min<steady_clock::time_point>(at + pause, ends);
      timer.expires_at(at);
      error_code ec;
      co_await timer.async_wait(net::redirect_error(Token(), ec));
      const std::unique_ptr<bool> done =
          co_await offload(shared_.pool, WorkerPool::Entry::kContinued, look);
      if (!done || *done) co_return;
    }
  }

  After after() const { return parser_->keep_alive() ? After::kKeepAlive : After::kClose; }

  // An answer after which what the client still sends cannot be understood.
  Awaitable<Next> refuse(Response response) {
    co_return co_await respond(std::move(response), After::kClose);
  }

  Awaitable<Next> respond(Response response, After then) {
    if (shared_.draining) then = After::kClose;
    speak_to(request_, response);
    const bool bodiless = response.status == 204 || response.status == 304;
    const bool streams = static_cast<bool>(response.stream);
    const bool sends_body = !bodiless && method_ != Method::kHead;
    const Framing framing = bodiless  ? Framing::kNone
                            : streams ? Framing::kChunked
                                      : Framing::kLength;
    std::string text = response_head(response, request_.id, shared_.edge.now(), framing, then);
    if (sends_body && !streams) text += response.body;
    producer_ = std::move(response.stream);
    bool sent = co_await write(text);
    wipe(text.data(), text.size());
    wipe(response.body.data(), response.body.size());
    if (sent && sends_body && streams) sent = co_await write_stream();
    release_producer();
    shared_.edge.log_access({.method = method_,
                             .route = route_,
                             .status = response.status,
                             .took = steady_clock::now() - started_,
                             .id = request_.id});
    if (!sent) co_return Next::kDrop;
    co_return then == After::kKeepAlive ? Next::kKeepAlive : Next::kLinger;
  }

  // False when the client is gone or the producer failed: then the last chunk is never sent.
  Awaitable<bool> write_stream() {
    std::function<Piece()> work = [this] { return shared_.edge.pull(producer_, request_.id); };
    for (;;) {
      std::unique_ptr<Piece> piece =
          co_await offload(shared_.pool, WorkerPool::Entry::kContinued, work);
      if (!piece || piece->kind == Piece::Kind::kBroken) co_return false;
      if (piece->kind == Piece::Kind::kEnd) co_return co_await write("0\r\n\r\n");
      if (piece->text.empty()) continue;  // An empty chunk would be the last one.
      std::string chunk = as_chunk(piece->text);
      wipe(piece->text.data(), piece->text.size());
      const bool sent = co_await write(chunk);
      wipe(chunk.data(), chunk.size());
      if (!sent) co_return false;
    }
  }

  // A producer may hold a transaction; letting go of it can block, so a worker does it.
  void release_producer() {
    if (!producer_) return;
    shared_.pool.submit([held = std::move(producer_)] {}, WorkerPool::Entry::kContinued);
    producer_ = nullptr;
  }

  // Each piece has its own deadline, so a client that reads steadily may take as long as it needs.
  Awaitable<bool> write(std::string_view text) {
    while (!text.empty()) {
      std::string_view piece = text.substr(0, kWriteBytes);
      text.remove_prefix(piece.size());
      lowest().expires_after(config().write_max);
      while (!piece.empty()) {
        error_code ec;
        piece.remove_prefix(co_await stream_.async_write_some(
            net::const_buffer(piece.data(), piece.size()), net::redirect_error(Token(), ec)));
        if (ec) co_return false;
      }
    }
    co_return true;
  }

  // Closing a socket with unread input would reset it and could take our answer with it.
  Awaitable<void> linger() {
    error_code ec;
    lowest().expires_after(kLinger);
    if constexpr (kIsTls) {
      co_await stream_.async_shutdown(net::redirect_error(Token(), ec));
    } else {
      lowest().socket().shutdown(net::ip::tcp::socket::shutdown_send, ec);
      for (std::size_t seen = 0; !ec && seen < kLingerBytes;) {
        buffer_.clear();
        seen += co_await stream_.async_read_some(buffer_.prepare(kHeadReadBytes),
                                                 net::redirect_error(Token(), ec));
      }
    }
  }

  Stream stream_;
  const Admission admission_;
  ServerShared& shared_;
  Connections& siblings_;
  Plaintext remote_address_;
  Buffer buffer_;
  bool idle_ = false;

  // Of the request at hand.
  std::optional<Parser> parser_;
  Request request_;
  std::optional<Method> method_;
  const Route* route_ = nullptr;
  std::optional<ByteBudget::Share> large_body_;
  BodyProducer producer_;
  steady_clock::time_point started_;
};

template <class SessionType>
void spawn(const IoExecutor& executor, std::shared_ptr<SessionType> session) {
  net::co_spawn(
      executor, [session = std::move(session)] { return session->run(); }, net::detached);
}

}  // namespace

void start_session(Socket socket, net::ssl::context* tls, Admission admission, ServerShared& shared,
                   Connections& siblings) {
  const IoExecutor executor = socket.get_executor();
  if (tls != nullptr) {
    spawn(executor, std::make_shared<Session<TlsStream>>(admission, shared, siblings,
                                                         std::move(socket), *tls));
  } else {
    spawn(executor,
          std::make_shared<Session<PlainStream>>(admission, shared, siblings, std::move(socket)));
  }
}

}  // namespace assent
