#pragma once

#include <cstdint>
#include <string>

#include "audit/signer.h"

namespace assent {

// A fork that the signer goes on with.
struct AcceptedFork {
  std::string old_origin;
  std::string new_origin;
  std::uint64_t kept_size = 0;  // Entries that the new origin began with.
  std::uint64_t old_size = 0;   // What was signed under the old one.
  std::uint64_t entry = 0;      // That tells of the fork.
};

// The signer's word to a log that was forked openly (log_recovery.h): from now on it signs the
// log's new origin, from an empty tree on. Only if the log holds a FORK entry that names exactly
// the size and the root of what this signer signed last. What it remembers of the old origin, and
// what it published, stays, in a directory "log1" (the old origin's last part) beside the new. It
// may die at any point; repeat it then. kBusy          a signer runs on the state directory.
// kNotFound      the signer knows no such log, or the database has none.
// kConflict      the log was not forked from what was signed here, or this fork is accepted
// already. kCorrupt       the state does not verify, the key is not the log's, or the entry is not
// in the
//                tree of the database's head.
// kUnavailable   a directory or the database refuses.
Result<AcceptedFork> accept_fork(Database& signer_role, const SigningKey& key,
                                 const SignerConfig& config, TenantId log);

}  // namespace assent
