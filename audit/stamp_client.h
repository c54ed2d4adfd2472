#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "audit/stamp.h"
#include "core/random.h"
#include "core/result.h"

namespace assent {

class HttpPost;

struct StampClientConfig {
  std::string url;     // "http[s]://HOST[:PORT][/PATH]"; the answer proves itself, so http will do.
  std::string policy;  // An OID that the stamp must be under; empty: the authority's own choice.
  std::chrono::milliseconds patience{10'000};  // For one answer, in all.
};

// Asks one time stamping authority (RFC 3161, 3.4). Not thread-safe.
class StampClient {
 public:
  // `random` outlives it.
  // kInvalid  no such URL, or a policy that is no OID.
  static Result<std::unique_ptr<StampClient>> open(StampClientConfig config,
                                                   TsaCertificates trusted, Random& random);
  ~StampClient();
  StampClient(const StampClient&) = delete;
  StampClient& operator=(const StampClient&) = delete;

  // A stamp for bytes of this SHA-256. Returns by the patience, whatever the authority does.
  // kUnavailable  no whole answer by then, or one of 429 and 5xx: try again later.
  // kInvalid      any other status; and the errors of accept_stamp().
  Result<GivenStamp> ask(const Hash32& imprint);

 private:
  StampClient(StampClientConfig config, TsaCertificates trusted, Random& random,
              std::unique_ptr<HttpPost> http);

  const StampClientConfig config_;
  const TsaCertificates trusted_;
  Random& random_;
  const std::unique_ptr<HttpPost> http_;
};

}  // namespace assent
