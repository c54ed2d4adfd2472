#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.h"
#include "audit/note.h"
#include "core/result.h"

namespace assent {

// What a policy makes of one checkpoint.
struct PolicyCheck {
  // kUnknownLog    no log of the policy has this origin: its key is missing.
  // kUnsigned      a known log, and no signature by its key.
  enum class Log { kUnknownLog, kUnsigned, kValid, kForged };
  Log log = Log::kUnknownLog;
  bool quorum = false;           // Enough witnesses by the policy's rule.
  bool forged_witness = false;   // A known witness's line does not verify.
  unsigned witnesses_valid = 0;  // Witnesses of the policy whose cosignature holds.
  unsigned witnesses_known = 0;
  std::uint64_t newest_cosigned_s = 0;  // Seconds since 1970; 0 when nobody cosigned.
};

// Whose checkpoints a log line speaks for besides those of its own name.
enum class OriginRule {
  kSame,
  kEarlierToo,  // Those that the same key signed under a name that the log had before a fork.
};

// A witness line. `url` is its submission prefix; empty when the line has none.
struct PolicyWitness {
  std::string name;  // Inside the policy alone.
  VerifierKey key;
  std::string url;
};

// Whom an auditor trusts, in the text of c2sp.org/tlog-policy: logs, witnesses, groups, a quorum.
// It must reach the auditor by another way than what it judges. Immutable, thread-safe.
class LogPolicy {
 public:
  // kTooLarge  over 64 KiB or over kNamesMax logs, witnesses or groups.
  // kInvalid   not in the format; the error's line says where.
  static Result<LogPolicy> parse(std::string_view text);
  static constexpr std::size_t kNamesMax = 64;

  PolicyCheck check(const SignedCheckpoint& signed_checkpoint,
                    OriginRule rule = OriginRule::kSame) const;

  const std::vector<PolicyWitness>& witnesses() const { return witnesses_; }

  // Who signed a note that is no checkpoint: a key on a log line whose name ends in `ending`.
  // kAbsent: none of them. kForged: a line claims to be by one, and does not verify.
  struct NoteSigner {
    SignatureState state = SignatureState::kAbsent;
    std::string name;
  };
  NoteSigner signer_of(const Note& note, std::string_view ending) const;

 private:
  friend class LogPolicyParser;
  struct Group {
    std::string name;
    std::size_t threshold = 1;
    std::vector<std::size_t> members;  // Numbers of earlier groups.
    std::vector<std::size_t> witnesses;
  };

  std::vector<VerifierKey> logs_;
  std::vector<PolicyWitness> witnesses_;
  std::vector<Group> groups_;  // Each witness is a group of itself. The quorum is the last of all.
};

}  // namespace assent
