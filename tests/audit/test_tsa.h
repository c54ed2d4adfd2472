#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "audit/stamp.h"

namespace assent {

// How a test's authority deviates from a good one.
struct TsaTraits {
  enum class Key { kP256, kRsa2048, kRsa1024 };
  Key key = Key::kP256;
  const char* extended_usage = "critical,timeStamping";
  std::int64_t valid_from_s = -3'600;  // Relative to its time.
  std::int64_t valid_until_s = 3'600;
  const EVP_MD* digest = nullptr;  // Null: SHA-256.
  int accuracy_s = 0;
};

// A time stamping authority under a root of its own, by OpenSSL's own answering side.
class TestTsa {
 public:
  static constexpr std::int64_t kNowS = 1'790'000'000;
  static constexpr const char* kPolicy = "1.2.3.4.1";

  explicit TestTsa(TsaTraits traits = {});

  std::string ca_pem() const;
  TsaCertificates trusted() const { return *TsaCertificates::parse(ca_pem()); }
  // The answer to a question (DER); a refusal when it asks for another policy than kPolicy.
  std::string answer(const std::string& query) const;

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  const TsaTraits traits_;
  Key root_key_;
  Certificate root_;
  Key key_;
  Certificate certificate_;
};

}  // namespace assent
