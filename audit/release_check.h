#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "audit/verifier.h"

namespace assent {

// What else the auditor has; each may be null. Files, for the bundle is read twice.
struct ReleaseFiles {
  std::istream* delivered = nullptr;  // What the recipient got.
  std::istream* bundle = nullptr;     // Of the log, with the release's entries.
};

struct ReleaseReport {
  Report report;
  std::string release;  // Its id, once the opening manifest could be read. So for the counts.
  std::uint64_t matched = 0;
  std::uint64_t permitted = 0;
  std::optional<std::uint64_t> delivered;  // Empty without a closing manifest.
  bool is_file_checked = false;
  bool is_log_checked = false;
};

// Does the evidence of a release (release_evidence.h) hold? Both signatures by a key that the
// policy has under "origin/release", the closing manifest's hash of the opening one, both member
// commitments, the sums of the funnel and the commitment to its reasons; the delivered file's
// bytes and rows; the entries that opened and delivered it. Pure but for reading; thread-safe.
ReleaseReport verify_release(std::istream& evidence, const LogPolicy* policy,
                             const ReleaseFiles& files = {});

}  // namespace assent
