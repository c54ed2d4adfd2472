#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "audit/log_keys.h"
#include "audit/log_problem.h"
#include "core/db.h"

namespace assent {

struct LogCheck {
  std::string installation_origin;
  std::filesystem::path published;              // What the signer publishes; may not exist yet.
  std::uint64_t newest_leaves = kNewestLeaves;  // How many are hashed again, of each log.
  static constexpr std::uint64_t kNewestLeaves = 1'000;
};

// What every start looks at before it serves (decisions.md 21), for all logs: the tiles fold to the
// head, to the newest checkpoint of the database and to the published one, those two are signed by
// the log's published keys, no checkpoint is missing that was published, no recovery or fork is
// half done, nothing is missing from the beginning but what a signed entry says is pruned, and the
// newest leaves hash into the tiles. Empty is sound; else each problem names the log, the entry if
// one is to blame, and what to do. `sequencer_role` connects as assent_sequencer. Changes nothing.
// kUnavailable the database or the published directory is away.
Result<std::vector<LogProblem>> check_logs(Database& sequencer_role, const LogCheck& check);

// The same of one log as the database alone has it, whatever was published beyond that; its newest
// checkpoint must be signed by one of `keys`. `tx` sees the log.
std::optional<LogProblem> check_database_log(Tx& tx, TenantId log, const std::string& origin,
                                             const LogKeys& keys);

// When the newest act of any log was done, numbered or not, to the millisecond after it; zero for
// an installation without acts. By the role of the sequencer, which sees them all. kUnavailable the
// database is away.
Result<Timestamp> newest_act(Database& sequencer_role);

}  // namespace assent
