#pragma once

#include <map>
#include <vector>

#include "audit/act.h"
#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// Names in a log the last numbers that this process's writers have committed to it (decisions.md
// 20). Without it the last entries of a session that falls silent could vanish from the outbox
// unnoticed until it speaks again. One a process; not thread-safe.
class Heartbeat {
 public:
  // All must outlive it. `pools` are those through which the process writes leaves; the first one
  // writes the heartbeat.
  Heartbeat(std::vector<Database*> pools, Journal& journal)
      : pools_(std::move(pools)), journal_(journal) {}

  // Writes nothing when nothing was written to the log since the last one. The errors of in_tx().
  Status beat(TenantId log, const Act& act);

 private:
  std::vector<LastNumber> writers(TenantId log) const;

  std::vector<Database*> pools_;
  Journal& journal_;
  std::map<TenantId, std::vector<LastNumber>> named_;  // As they stood after the last heartbeat.
};

}  // namespace assent
