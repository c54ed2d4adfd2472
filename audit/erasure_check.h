#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>

#include "audit/verifier.h"

namespace assent {

struct ErasureReport {
  Report report;
  std::string request;            // Its id, once the certificate could be read.
  std::size_t keys = 0;           // Destroyed, as the certificate lists them.
  Timestamp destroyed_at;         // As the log says.
  bool is_closed_in_log = false;  // Only with a bundle: REQUEST_CLOSED has these very bytes.
};

// Does the log say what this certificate of an erasure says? Every byte of it is under the entry
// KEY_DESTROYED that it carries: its text by the salted hash, its keys by their commitments, the
// entry by its proof and the policy's key. `bundle` (a file; may be null) is searched for the entry
// that closed the request with this certificate. Pure but for reading it; thread-safe.
ErasureReport verify_erasure(std::string_view certificate, const LogPolicy* policy,
                             std::istream* bundle = nullptr);

}  // namespace assent
