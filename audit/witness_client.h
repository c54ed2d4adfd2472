#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "audit/log_policy.h"
#include "audit/merkle.h"
#include "core/result.h"

namespace assent {

class HttpPost;

// What a witness said to one request.
struct WitnessReply {
  std::string line;                         // Its cosignature, verified; empty when it gave none.
  std::optional<std::uint64_t> known_size;  // Of a 409: ask again from there.
};

// Asks one witness over HTTP (c2sp.org/tlog-witness). Never follows a redirect, reads at most 64
// KiB of an answer and believes only what the witness's key has signed. Not thread-safe; clients of
// different witnesses are independent.
class WitnessClient {
 public:
  // `ca_file` holds the certificates that https is trusted by; empty: those of the system.
  // kInvalid  the witness has no URL "http[s]://HOST[:PORT][/PREFIX]", or a key whose cosignatures
  //           this version cannot verify.
  static Result<std::unique_ptr<WitnessClient>> open(PolicyWitness witness,
                                                     const std::string& ca_file = {});
  ~WitnessClient();
  WitnessClient(const WitnessClient&) = delete;
  WitnessClient& operator=(const WitnessClient&) = delete;

  // Asks for a cosignature on the text of a signed note. Returns by `patience`, whatever the
  // witness does.
  // kUnavailable  no answer by then, none at all, or one of 429 and 5xx: try again later.
  // kDenied       403, 404: it does not know the log, or not its key.
  // kCorrupt      422: it holds what this checkpoint does not extend.
  // kInvalid      any other answer, and a cosignature that does not verify.
  Result<WitnessReply> ask(std::uint64_t old_size, const HashPath& proof,
                           const std::string& signed_checkpoint,
                           std::chrono::milliseconds patience);

  const PolicyWitness& witness() const { return witness_; }

 private:
  WitnessClient(PolicyWitness witness, std::unique_ptr<HttpPost> http);

  const PolicyWitness witness_;
  const std::unique_ptr<HttpPost> http_;
};

}  // namespace assent
