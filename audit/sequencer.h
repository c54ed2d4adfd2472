#pragma once

#include <cstddef>

#include "audit/log_problem.h"
#include "core/db.h"

namespace assent {

// Gives committed leaves their numbers: moves them from the outbox into the log, in the order of
// the outbox, with tiles and head in the same commit. All its state is in the database, so it may
// die at any point, and any number of sequencers may run: one works on a log at a time (advisory
// lock), and a head that another has moved since refuses the commit. data-protection.md 9.4,
// decisions.md 21.
class Sequencer {
 public:
  static constexpr std::size_t kBatchMax = 10'000;

  // `sequencer_role` connects as assent_sequencer and must outlive this.
  explicit Sequencer(Database& sequencer_role) : db_(sequencer_role) {}

  // One batch of every log that has leaves waiting; a log that another sequencer works on is left
  // to it. A log is refused (kCorrupt) when its tiles do not fold to its head, or while it
  // is being recovered.
  // kUnavailable   the database is away before any log was looked at.
  Result<LogRound> run_once();
  // Rounds until nothing waits but what is refused.
  Result<LogRound> drain();
  // The same of one log alone: how many leaves it numbered. Refused as above; kUnavailable.
  Result<std::size_t> drain(TenantId log);

 private:
  Result<std::size_t> sequence_log(TenantId log);
  Database& db_;
};

}  // namespace assent
