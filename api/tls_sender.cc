#include "api/tls_sender.h"

// clang-format off
#include <utility>  // Before asio: Boost 1.74's awaitable.hpp needs std::exchange.
// clang-format on

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

namespace assent {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;

const Error kAway{ErrorCode::kUnavailable, "the receiver cannot be reached"};
const Error kNoMore{ErrorCode::kUnavailable, "the receiver took no more"};

}  // namespace

Result<TlsReceiver> parse_receiver(std::string_view url) {
  constexpr std::string_view kScheme = "tls://";
  const Error wrong{ErrorCode::kInvalid, "a receiver is tls://HOST:PORT"};
  if (!url.starts_with(kScheme)) return wrong;
  url.remove_prefix(kScheme.size());
  const auto colon = url.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return wrong;
  const std::string_view port = url.substr(colon + 1);
  std::string_view host = url.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  TlsReceiver receiver{std::string(host), 0};
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), receiver.port);
  if (failed != std::errc() || end != port.data() + port.size() || receiver.port == 0) return wrong;
  if (host.empty() || host.find_first_of("/[]@ ") != std::string_view::npos) return wrong;
  return receiver;
}

struct TlsSender::Connection {
  net::io_context io;
  net::ssl::context context{net::ssl::context::tls_client};
  net::ssl::stream<tcp::socket> stream{io, context};

  // Runs one operation to its end, or cuts the connection when it takes too long.
  template <class Start>
  error_code step(Start start) {
    error_code outcome = net::error::would_block;
    start([&](const error_code& ec, auto&&...) { outcome = ec; });
    io.restart();
    io.run_for(kStepTimeout);
    if (outcome != net::error::would_block) return outcome;
    error_code ignored;
    stream.lowest_layer().close(ignored);
    io.restart();
    io.run();
    return net::error::timed_out;
  }
};

TlsSender::TlsSender(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
TlsSender::~TlsSender() = default;

Result<std::unique_ptr<TlsSender>> TlsSender::connect(const TlsReceiver& receiver,
                                                      const std::filesystem::path& authorities) {
  auto made = std::make_unique<Connection>();
  Connection& c = *made;
  error_code ec;
  c.context.load_verify_file(authorities.string(), ec);
  if (ec) return Error{ErrorCode::kInvalid, "the certificates of --ca cannot be read"};
  SSL* ssl = c.stream.native_handle();
  SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
  // The context was read after the stream was made of it: both share the store of authorities.
  c.stream.set_verify_mode(net::ssl::verify_peer);
  c.stream.set_verify_callback(net::ssl::host_name_verification(receiver.host));
  SSL_set_tlsext_host_name(ssl, receiver.host.c_str());
  tcp::resolver resolver(c.io);
  const auto places = resolver.resolve(receiver.host, std::to_string(receiver.port), ec);
  if (ec) return kAway;
  ec = c.step([&](auto done) { net::async_connect(c.stream.lowest_layer(), places, done); });
  if (ec) return kAway;
  ec = c.step([&](auto done) { c.stream.async_handshake(net::ssl::stream_base::client, done); });
  if (ec && SSL_get_verify_result(ssl) != X509_V_OK) {
    return Error{ErrorCode::kDenied, "the receiver is not who its certificate must name"};
  }
  if (ec) return kAway;
  return std::unique_ptr<TlsSender>(new TlsSender(std::move(made)));
}

Status TlsSender::send(std::string_view bytes) {
  Connection& c = *connection_;
  const auto ec = c.step([&](auto done) {
    net::async_write(c.stream, net::buffer(bytes.data(), bytes.size()), done);
  });
  return ec ? Status(kNoMore) : Status(Unit{});
}

Status TlsSender::finish() {
  Connection& c = *connection_;
  const auto ec = c.step([&](auto done) { c.stream.async_shutdown(done); });
  if (!ec) return Unit{};
  return Error{ErrorCode::kUnavailable, "the receiver did not close the connection as it should"};
}

}  // namespace assent
