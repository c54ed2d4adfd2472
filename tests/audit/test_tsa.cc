#include "tests/audit/test_tsa.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace assent {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Memory = std::unique_ptr<BIO, BioFree>;

std::string content(BIO* bio) {
  char* at = nullptr;
  const long size = BIO_get_mem_data(bio, &at);
  return {at, static_cast<std::size_t>(size)};
}

EVP_PKEY* new_key(TsaTraits::Key kind) {
  switch (kind) {
    case TsaTraits::Key::kP256:
      return EVP_EC_gen("P-256");
    case TsaTraits::Key::kRsa2048:
      return EVP_RSA_gen(2'048);
    case TsaTraits::Key::kRsa1024:
      return EVP_RSA_gen(1'024);
  }
  return nullptr;
}

void extend(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509* new_certificate(const char* name, EVP_PKEY* key, std::int64_t from_s, std::int64_t until_s) {
  static long serial = 0;
  X509* const certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate), TestTsa::kNowS + from_s);
  ASN1_TIME_set(X509_getm_notAfter(certificate), TestTsa::kNowS + until_s);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_pubkey(certificate, key);
  return certificate;
}

ASN1_INTEGER* next_serial(TS_resp_ctx*, void*) {
  ASN1_INTEGER* const serial = ASN1_INTEGER_new();
  ASN1_INTEGER_set(serial, 7);
  return serial;
}

int now(TS_resp_ctx*, void*, long* seconds, long* microseconds) {
  *seconds = TestTsa::kNowS;
  *microseconds = 0;
  return 1;
}

}  // namespace

TestTsa::TestTsa(TsaTraits traits)
    : traits_(traits),
      root_key_(new_key(TsaTraits::Key::kP256), EVP_PKEY_free),
      root_(new_certificate("root", root_key_.get(), -86'400, 86'400), X509_free),
      key_(new_key(traits.key), EVP_PKEY_free),
      certificate_(
          new_certificate("authority", key_.get(), traits.valid_from_s, traits.valid_until_s),
          X509_free) {
  extend(root_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(root_.get(), NID_key_usage, "critical,keyCertSign");
  X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
  X509_sign(root_.get(), root_key_.get(), EVP_sha256());
  extend(certificate_.get(), NID_key_usage, "critical,digitalSignature");
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(root_.get()));
  X509_sign(certificate_.get(), root_key_.get(), EVP_sha256());
}

std::string TestTsa::ca_pem() const {
  const Memory out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), root_.get());
  return content(out.get());
}

std::string TestTsa::answer(const std::string& query) const {
  const Certificate own(X509_dup(certificate_.get()), X509_free);
  const auto finish = [&](const char* usage) {
    const int at = X509_get_ext_by_NID(own.get(), NID_ext_key_usage, -1);
    if (at >= 0) X509_EXTENSION_free(X509_delete_ext(own.get(), at));
    extend(own.get(), NID_ext_key_usage, usage);
    X509_sign(own.get(), root_key_.get(), EVP_sha256());
  };
  // OpenSSL answers for none but the right certificate; what is written is the one we want.
  finish("critical,timeStamping");
  const std::unique_ptr<TS_RESP_CTX, decltype(&TS_RESP_CTX_free)> context(TS_RESP_CTX_new(),
                                                                          TS_RESP_CTX_free);
  TS_RESP_CTX_set_signer_cert(context.get(), own.get());
  TS_RESP_CTX_set_signer_key(context.get(), key_.get());
  if (std::string(traits_.extended_usage) != "critical,timeStamping") {
    finish(traits_.extended_usage);
  }
  TS_RESP_CTX_set_signer_digest(context.get(), traits_.digest ? traits_.digest : EVP_sha256());
  TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
  ASN1_OBJECT* const policy = OBJ_txt2obj(kPolicy, 1);
  TS_RESP_CTX_set_def_policy(context.get(), policy);
  ASN1_OBJECT_free(policy);
  TS_RESP_CTX_add_md(context.get(), EVP_sha256());
  TS_RESP_CTX_add_md(context.get(), EVP_sha512());
  TS_RESP_CTX_set_accuracy(context.get(), traits_.accuracy_s, 0, 0);
  TS_RESP_CTX_set_serial_cb(context.get(), next_serial, nullptr);
  TS_RESP_CTX_set_time_cb(context.get(), now, nullptr);
  const Memory in(BIO_new_mem_buf(query.data(), static_cast<int>(query.size())));
  const std::unique_ptr<TS_RESP, decltype(&TS_RESP_free)> response(
      TS_RESP_create_response(context.get(), in.get()), TS_RESP_free);
  ERR_clear_error();
  if (!response) throw std::runtime_error("the test's authority gave no answer");
  const Memory out(BIO_new(BIO_s_mem()));
  i2d_TS_RESP_bio(out.get(), response.get());
  return content(out.get());
}

}  // namespace assent
