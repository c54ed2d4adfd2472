#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "live_server.h"

namespace assent {
namespace {

// A P-256 certificate for localhost, signed by itself, in two files that end with the object.
class OwnCertificate {
 public:
  OwnCertificate() {
    std::filesystem::create_directories(folder_);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), X509_free);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3'600);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME* name = X509_get_subject_name(cert.get());
    const unsigned char host[] = "localhost";
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
    X509_set_issuer_name(cert.get(), name);
    X509_sign(cert.get(), key.get(), EVP_sha256());
    write(files().certificate_chain, [&](FILE* to) { PEM_write_X509(to, cert.get()); });
    write(files().private_key, [&](FILE* to) {
      PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  ~OwnCertificate() { std::filesystem::remove_all(folder_); }

  TlsFiles files() const { return {folder_ / "cert.pem", folder_ / "key.pem"}; }

 private:
  template <class Print>
  static void write(const std::string& path, Print print) {
    FILE* file = std::fopen(path.c_str(), "w");
    print(file);
    std::fclose(file);
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("assent-tls-" + std::to_string(::getpid()));
};

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
