#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/ssl.h>

#include <memory>

#include "live_server.h"
#include "own_certificate.h"

namespace assent {
namespace {

class ServerTlsTest : public testing::Test {
 protected:
  // The version agreed on with a client that speaks none beyond `max`; 0 when there is no
  // handshake.
  int handshake(int max) const {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(
        SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), max);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(live_.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    SSL_set_fd(ssl.get(), fd);
    const int version = SSL_connect(ssl.get()) == 1 ? SSL_version(ssl.get()) : 0;
    ::close(fd);
    return version;
  }

  OwnCertificate certificate_;
  LiveServer live_{{.tls = certificate_.files(), .handshake_max = std::chrono::milliseconds(500)}};
};

TEST_F(ServerTlsTest, RequestsAreServedOverTls) {
  live_.get("/stream", [](const Request&) {
    auto left = std::make_shared<int>(50);
    return stream_response("text/csv", [left]() -> Result<std::optional<std::string>> {
      if ((*left)-- == 0) return std::optional<std::string>();
      return std::optional(std::string(100'000, 'x'));
    });
  });
  httplib::SSLClient client("127.0.0.1", live_.start());
  client.enable_server_certificate_verification(false);
  client.set_keep_alive(true);
  EXPECT_EQ(client.Get("/hello")->status, 200);
  EXPECT_EQ(client.Get("/stream")->body.size(), 5'000'000U);
}

TEST_F(ServerTlsTest, Tls13IsSpokenAndNothingOlder) {
  live_.start();
  EXPECT_EQ(handshake(TLS1_3_VERSION), TLS1_3_VERSION);
  EXPECT_EQ(handshake(TLS1_2_VERSION), 0);
}

TEST_F(ServerTlsTest, AHandshakeThatDoesNotComeIsCut) {
  RawClient silent(live_.start());
  EXPECT_TRUE(silent.closed());
}

TEST_F(ServerTlsTest, PlainTextOnATlsPortGetsNothing) {
  live_.start();
  EXPECT_EQ(status_of(exchange(live_.port(), "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n")), 0);
}

TEST(ServerTlsFilesTest, AKeyThatIsNotTheCertificatesIsRefused) {
  const OwnCertificate certificate;
  TlsFiles files = certificate.files();
  std::swap(files.certificate_chain, files.private_key);
  EXPECT_THROW(LiveServer({.tls = files}).start(), std::runtime_error);
}

}  // namespace
}  // namespace assent
