#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "api/server.h"

namespace assent {

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

}  // namespace assent
