#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/result.h"

// Time stamps of RFC 3161: an authority's signed word that some bytes were there not later than a
// time. They are kept as the authority's whole answer (TimeStampResp, DER), which "openssl ts"
// reads too. No network, no clock. Thread-safe. OpenSSL's TS is in stamp.cc alone.
namespace assent {

inline constexpr std::size_t kStampBytesMax = std::size_t{64} * 1024;

// By whose word a stamp is believed: certificates out of a file that the one who checks got by
// another way than the stamp. Immutable, thread-safe.
class TsaCertificates {
 public:
  // PEM. kInvalid  no certificate in it, one that cannot be read, or over 64 of them.
  static Result<TsaCertificates> parse(std::string_view pem);

  struct Held;
  const Held& held() const { return *held_; }

 private:
  explicit TsaCertificates(std::shared_ptr<const Held> held) : held_(std::move(held)) {}
  std::shared_ptr<const Held> held_;
};

// What an answer says; nothing of it counts before signer_of_stamp().
struct Stamp {
  Hash32 imprint{};                    // SHA-256 of the stamped bytes.
  Timestamp at;                        // When it was made, up to the next whole second.
  Timestamp not_later_than;            // The same with its accuracy.
  std::string policy;                  // Under which the authority works: an OID, "1.2.3.4".
  std::optional<std::uint64_t> nonce;  // Absent, too, when it is none of ours.
};

// kTooLarge  over kStampBytesMax.
// kDenied    the authority refused to stamp.
// kInvalid   no such answer; or one that stamps no SHA-256, or names a time that is none.
Result<Stamp> parse_stamp(std::string_view der);

// Whose word it is. Certificates are judged at the stamp's own time, so that a stamp does not end
// with its authority's certificate; that they were revoked, nothing here can know.
struct StampSigner {
  // kUnproved  no chain leads from the certificates to the signer, one was not valid at that time,
  //            or is not made for time stamps alone, or uses weak keys or hashes: `why` says.
  // kForged    a certificate that is proved claims the signature, and it does not hold.
  enum class State { kUnproved, kProved, kForged };
  State state = State::kUnproved;
  StaticText why = "";
};
StampSigner signer_of_stamp(std::string_view der, const TsaCertificates& trusted);

// What an authority gave.
struct GivenStamp {
  std::string answer;  // Its bytes, to be kept as they are.
  Stamp stamp;
};

// One question to an authority.
struct StampQuery {
  Hash32 imprint{};
  std::uint64_t nonce = 0;
  std::string policy;  // An OID; empty: the authority's own choice.
};
// As dotted numbers: "1.3.6.1.4.1.1".
bool is_policy_oid(std::string_view text);
// TimeStampReq in DER, which asks for the certificate too.
std::string encode_stamp_query(const StampQuery& query);

// The answer to exactly this question, by somebody whom `trusted` proves. Errors of parse_stamp,
// and kInvalid  it is of other bytes, of another question or under another policy; kCorrupt  nobody
// trusted signed it, or the signature does not hold.
Result<Stamp> accept_stamp(std::string_view der, const StampQuery& query,
                           const TsaCertificates& trusted);

}  // namespace assent
