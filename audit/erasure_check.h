#pragma once

#include <cstddef>
#include <iosfwd>
#include <optional>
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
  std::optional<std::uint64_t> epoch = std::nullopt;  // The newest that wrapped one of the keys.
  std::optional<Timestamp> burned_at =
      std::nullopt;  // Only with a burn: when that epoch's key went.
};

// The entry KEK_EPOCH_BURNED of an installation's log, and its tlog-proof.
struct BurnEvidence {
  std::string proof;
  Bytes leaf;
};

// Does the log say what this certificate of an erasure says? Every byte of it is under the entry
// KEY_DESTROYED that it carries: its text by the salted hash, its keys by their commitments, the
// entry by its proof and the policy's key. `bundle` (a file; may be null) is searched for the entry
// that closed the request with this certificate. With `burn` (may be null): was the epoch that the
// certificate names burned since, in the installation's log, whose key the policy must hold too?
// Then no old copy of the keys opens. Pure but for reading the bundle; thread-safe.
ErasureReport verify_erasure(std::string_view certificate, const LogPolicy* policy,
                             std::istream* bundle = nullptr, const BurnEvidence* burn = nullptr);

}  // namespace assent
