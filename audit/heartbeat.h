#pragma once

#include <map>
#include <vector>

#include "audit/act.h"
#include "audit/journal.h"
#include "core/db.h"

namespace assent {

// Names in a log the last numbers that writers have committed to it (decisions.md 20), so that no
// entry can vanish from the outbox unnoticed once a heartbeat has passed. Writers of this process
// are named by what it remembers; any other, of a process that lives or was killed, while an entry
// of its waits for its number: what has one is in the tree (docs/decisions/0027). One a process;
// not thread-safe.
class Heartbeat {
 public:
  // All must outlive it. `pools` are those through which the process writes leaves; the first one
  // writes the heartbeat, and its role sees the outbox.
  Heartbeat(std::vector<Database*> pools, Journal& journal)
      : pools_(std::move(pools)), journal_(journal) {}

  // Writes nothing when there is nobody to name since the last one. The errors of in_tx().
  Status beat(TenantId log, const Act& act);

 private:
  using Writers = std::vector<LastNumber>;
  struct Named {
    Writers own;      // As they stood after the last heartbeat.
    Writers waiting;  // Of others, named and still without a number.
  };
  Writers own_writers(TenantId log) const;

  std::vector<Database*> pools_;
  Journal& journal_;
  std::map<TenantId, Named> named_;
};

}  // namespace assent
