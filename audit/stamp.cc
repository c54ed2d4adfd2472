#include "audit/stamp.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>
#include <vector>

namespace assent {
namespace {

template <auto free_function>
struct Freed {
  template <class Of>
  void operator()(Of* object) const {
    free_function(object);
  }
};
using Answer = std::unique_ptr<TS_RESP, Freed<TS_RESP_free>>;
using Question = std::unique_ptr<TS_REQ, Freed<TS_REQ_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, Freed<TS_MSG_IMPRINT_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using Name = std::unique_ptr<ASN1_OBJECT, Freed<ASN1_OBJECT_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using Chain = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Reader = std::unique_ptr<BIO, Freed<BIO_free_all>>;

}  // namespace

struct TsaCertificates::Held {
  std::vector<Certificate> certificates;
};

namespace {

constexpr std::size_t kCertificatesMax = 64;
constexpr std::size_t kPolicyBytesMax = 128;
// An authority that is surer of the day than of the hour tells no time.
constexpr std::uint64_t kAccuracySecondsMax = 86'400;
// 112 bits: RSA from 2048 on, P-256, SHA-256.
constexpr int kSecurityLevel = 2;

Error none() {
  return Error{ErrorCode::kInvalid, "this is no answer of a time stamping authority"};
}

// What OpenSSL said on the way is not for the next who asks.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

Answer read_answer(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = at + der.size();
  Answer answer(d2i_TS_RESP(nullptr, &at, static_cast<long>(der.size())));
  return at == end ? std::move(answer) : nullptr;
}

std::string text_of(const ASN1_OBJECT* oid) {
  std::array<char, kPolicyBytesMax> text{};
  const int length = OBJ_obj2txt(text.data(), static_cast<int>(text.size()), oid, 1);
  if (length <= 0 || static_cast<std::size_t>(length) >= text.size()) return {};
  return {text.data(), static_cast<std::size_t>(length)};
}

std::optional<std::uint64_t> number_of(const ASN1_INTEGER* integer) {
  std::uint64_t number = 0;
  if (integer == nullptr || ASN1_INTEGER_get_uint64(&number, integer) != 1) return std::nullopt;
  return number;
}

// Whole seconds, upwards. nullopt: it is none.
std::optional<std::int64_t> accuracy_s(const TS_ACCURACY* accuracy) {
  if (accuracy == nullptr) return 0;
  const auto* whole = TS_ACCURACY_get_seconds(accuracy);
  const auto seconds = whole == nullptr ? std::optional<std::uint64_t>(0) : number_of(whole);
  if (!seconds || *seconds > kAccuracySecondsMax) return std::nullopt;
  const bool more =
      TS_ACCURACY_get_millis(accuracy) != nullptr || TS_ACCURACY_get_micros(accuracy) != nullptr;
  return static_cast<std::int64_t>(*seconds) + (more ? 1 : 0);
}

// A fraction of a second counts as a whole one.
std::optional<std::int64_t> seconds_of(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const auto date = make_date(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
  if (!date || date->year < 1970) return std::nullopt;
  const auto of_day = parts.tm_hour * 3'600 + parts.tm_min * 60 + parts.tm_sec;
  const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(time)),
                              static_cast<std::size_t>(ASN1_STRING_length(time)));
  return midnight_utc(*date).us / kSecondUs + of_day + (text.find('.') != text.npos ? 1 : 0);
}

std::optional<Hash32> imprint_of(TS_TST_INFO* info) {
  TS_MSG_IMPRINT* const imprint = TS_TST_INFO_get_msg_imprint(info);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
  const ASN1_OCTET_STRING* const bytes = TS_MSG_IMPRINT_get_msg(imprint);
  Hash32 hash{};
  if (OBJ_obj2nid(algorithm) != NID_sha256 ||
      static_cast<std::size_t>(ASN1_STRING_length(bytes)) != hash.size()) {
    return std::nullopt;
  }
  std::copy_n(ASN1_STRING_get0_data(bytes), hash.size(), hash.begin());
  return hash;
}

Result<Stamp> stamp_of(TS_RESP* answer) {
  const auto status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(answer)));
  if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) {
    return Error{ErrorCode::kDenied, "the time stamping authority refused to stamp"};
  }
  TS_TST_INFO* const info = TS_RESP_get_tst_info(answer);
  if (info == nullptr || TS_TST_INFO_get_version(info) != 1) return none();
  const auto imprint = imprint_of(info);
  if (!imprint) return Error{ErrorCode::kInvalid, "the time stamp is not of a SHA-256"};
  const auto at_s = seconds_of(TS_TST_INFO_get_time(info));
  const auto accuracy = accuracy_s(TS_TST_INFO_get_accuracy(info));
  if (!at_s || !accuracy) {
    return Error{ErrorCode::kInvalid, "the time stamp names a time that is none"};
  }
  auto policy = text_of(TS_TST_INFO_get_policy_id(info));
  if (policy.empty()) return none();
  return Stamp{*imprint,
               {*at_s * kSecondUs},
               {(*at_s + *accuracy) * kSecondUs},
               std::move(policy),
               number_of(TS_TST_INFO_get_nonce(info))};
}

StampSigner unproved(StaticText why) {
  return {StampSigner::State::kUnproved, why};
}

StaticText why_unproved(int chain_error) {
  switch (chain_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "a certificate of the time stamping authority was not valid at the time of the stamp";
    case X509_V_ERR_INVALID_PURPOSE:
      return "the certificate that signed the time stamp is not made for time stamps alone";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "a certificate of the time stamping authority is too weak";
    default:
      return "the certificates that were given do not prove who signed the time stamp";
  }
}

// Only what was given is trusted, and judged at the stamp's time.
Store store_of(const TsaCertificates::Held& held, Timestamp at) {
  Store store(X509_STORE_new());
  if (!store) throw std::bad_alloc();
  for (const Certificate& certificate : held.certificates) {
    X509_STORE_add_cert(store.get(), certificate.get());
  }
  X509_VERIFY_PARAM* const rules = X509_STORE_get0_param(store.get());
  X509_VERIFY_PARAM_set_time(rules, static_cast<std::time_t>(at.us / kSecondUs));
  X509_VERIFY_PARAM_set_auth_level(rules, kSecurityLevel);
  return store;
}

bool is_strong(PKCS7_SIGNER_INFO* signer) {
  X509_ALGOR* digest = nullptr;
  PKCS7_SIGNER_INFO_get0_algs(signer, nullptr, &digest, nullptr);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, digest);
  const int nid = OBJ_obj2nid(algorithm);
  return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

// X509_V_OK, or why no chain leads to the signer.
int check_chain(X509_STORE* store, X509* signer, STACK_OF(X509) * untrusted) {
  const Chain chain(X509_STORE_CTX_new());
  if (!chain || X509_STORE_CTX_init(chain.get(), store, signer, untrusted) != 1 ||
      X509_STORE_CTX_set_purpose(chain.get(), X509_PURPOSE_TIMESTAMP_SIGN) != 1) {
    return X509_V_ERR_UNSPECIFIED;
  }
  if (X509_verify_cert(chain.get()) == 1) return X509_V_OK;
  const int error = X509_STORE_CTX_get_error(chain.get());
  return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

StampSigner judge(PKCS7* token, X509_STORE* store) {
  auto* const signers = PKCS7_type_is_signed(token) ? PKCS7_get_signer_info(token) : nullptr;
  if (signers == nullptr || sk_PKCS7_SIGNER_INFO_num(signers) != 1) {
    return unproved("the time stamp has not exactly one signature");
  }
  PKCS7_SIGNER_INFO* const info = sk_PKCS7_SIGNER_INFO_value(signers, 0);
  X509* const signer = PKCS7_cert_from_signer_info(token, info);
  if (signer == nullptr) return unproved("the time stamp comes without its signer's certificate");
  if (!is_strong(info)) return unproved("the time stamp is signed with a hash that is too weak");
  const int chain = check_chain(store, signer, token->d.sign->cert);
  if (chain != X509_V_OK) return unproved(why_unproved(chain));
  // Once more the chain, then that the signature names this certificate and holds.
  if (TS_RESP_verify_signature(token, nullptr, store, nullptr) != 1) {
    return {StampSigner::State::kForged, "signature of the time stamp does not hold"};
  }
  StampSigner proved;
  proved.state = StampSigner::State::kProved;
  return proved;
}

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL could not write a question");
}

Imprint new_imprint(const Hash32& hash) {
  Imprint imprint(TS_MSG_IMPRINT_new());
  const Algorithm algorithm(X509_ALGOR_new());
  require(imprint && algorithm &&
          X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
          TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1);
  Hash32 copy = hash;
  require(TS_MSG_IMPRINT_set_msg(imprint.get(), copy.data(), static_cast<int>(copy.size())) == 1);
  return imprint;
}

}  // namespace

Result<TsaCertificates> TsaCertificates::parse(std::string_view pem) {
  const QuietErrors quiet;
  const Error unusable{ErrorCode::kInvalid, "this is no file of certificates (PEM)"};
  const Reader reader(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!reader) throw std::bad_alloc();
  auto held = std::make_shared<Held>();
  for (;;) {
    Certificate certificate(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    if (held->certificates.size() == kCertificatesMax) return unusable;
    held->certificates.push_back(std::move(certificate));
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended || held->certificates.empty()) return unusable;
  return TsaCertificates(std::move(held));
}

Result<Stamp> parse_stamp(std::string_view der) {
  if (der.size() > kStampBytesMax) {
    return Error{ErrorCode::kTooLarge, "the time stamp is over 64 KiB"};
  }
  const QuietErrors quiet;
  const Answer answer = read_answer(der);
  return answer ? stamp_of(answer.get()) : none();
}

StampSigner signer_of_stamp(std::string_view der, const TsaCertificates& trusted) {
  const QuietErrors quiet;
  const Answer answer = read_answer(der);
  if (!answer) return unproved(none().reason);
  const auto stamp = stamp_of(answer.get());
  if (!stamp.ok()) return unproved(stamp.error().reason);
  const Store store = store_of(trusted.held(), stamp->at);
  return judge(TS_RESP_get_token(answer.get()), store.get());
}

bool is_policy_oid(std::string_view text) {
  if (text.empty() || text.size() >= kPolicyBytesMax) return false;
  const QuietErrors quiet;
  const Name oid(OBJ_txt2obj(std::string(text).c_str(), 1));
  return oid && text_of(oid.get()) == text;
}

std::string encode_stamp_query(const StampQuery& query) {
  const QuietErrors quiet;
  const Question question(TS_REQ_new());
  const Integer nonce(ASN1_INTEGER_new());
  const Imprint imprint = new_imprint(query.imprint);
  require(question && nonce && TS_REQ_set_version(question.get(), 1) == 1 &&
          TS_REQ_set_msg_imprint(question.get(), imprint.get()) == 1 &&
          ASN1_INTEGER_set_uint64(nonce.get(), query.nonce) == 1 &&
          TS_REQ_set_nonce(question.get(), nonce.get()) == 1 &&
          TS_REQ_set_cert_req(question.get(), 1) == 1);
  if (!query.policy.empty()) {
    const Name oid(OBJ_txt2obj(query.policy.c_str(), 1));
    require(oid && TS_REQ_set_policy_id(question.get(), oid.get()) == 1);
  }
  const int length = i2d_TS_REQ(question.get(), nullptr);
  require(length > 0);
  std::string der(static_cast<std::size_t>(length), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  require(i2d_TS_REQ(question.get(), &at) == length);
  return der;
}

Result<Stamp> accept_stamp(std::string_view der, const StampQuery& query,
                           const TsaCertificates& trusted) {
  auto stamp = parse_stamp(der);
  if (!stamp.ok()) return stamp;
  if (stamp->imprint != query.imprint) {
    return Error{ErrorCode::kInvalid, "the time stamping authority stamped other bytes"};
  }
  if (stamp->nonce != query.nonce) {
    return Error{ErrorCode::kInvalid, "the time stamp answers another question"};
  }
  if (!query.policy.empty() && stamp->policy != query.policy) {
    return Error{ErrorCode::kInvalid, "the time stamp is under another policy than was asked for"};
  }
  const StampSigner signer = signer_of_stamp(der, trusted);
  if (signer.state == StampSigner::State::kProved) return stamp;
  return Error{ErrorCode::kCorrupt, signer.why};
}

}  // namespace assent
