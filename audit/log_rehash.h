#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "audit/log_check.h"

namespace assent {

// What was found sound of one log: every entry from `first` (0, or the minimum index of a pruned
// log) up to `end`.
struct RehashedLog {
  TenantId log;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

struct Rehash {
  std::vector<RehashedLog> sound;
  std::vector<LogProblem> problems;
};

// Told now and then how far one log is. False stops: what is left is not looked at.
using RehashProgress =
    std::function<bool(TenantId log, std::uint64_t done, std::uint64_t of_entries)>;

// The whole of every published log, which a start has no time for (decisions.md 21,
// data-protection.md 9.7, "bit flip in storage"): each leaf of the database hashes into its tile,
// each tile into the one above it, up to the root that was signed, and the published files hold the
// very same. The first problem of a log names the entry or the first entry of the tile, and what to
// do. Reads in short transactions of `sequencer_role`, so a log may grow and be pruned meanwhile;
// needs 32 bytes of memory for 256 entries. Changes nothing. kUnavailable the database or the
// published directory is away.
Result<Rehash> rehash_logs(Database& sequencer_role, const LogCheck& check,
                           const RehashProgress& progress = {});

}  // namespace assent
