#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "audit/log_problem.h"
#include "core/db.h"
#include "core/fault_point.h"

namespace assent {

struct DestroyRound {
  std::map<TenantId, std::size_t> units;  // Whose keys went now.
  std::vector<LogProblem> refused;        // Of tenants whose units could not be done.
};

// Destroys the keys of what pending_shred of the data cluster names: the only one who may delete a
// key. It holds no key, opens nothing and writes nothing but what it has done: a tombstone a unit
// with the commitments of its keys, and a row of `destruction` a unit of each act, in the commit of
// the deletion. So a repetition finds it done, and any number may run. migrations/data/0020,
// safe/0005; data-protection 6.1; decisions/0033. And key versions that others have replaced, as
// replaced_key names them: these leave no tombstone, for their unit lives on (decisions/0035).
// Thread-safe.
class KeyDestroyer {
 public:
  static constexpr StaticText kFaultPoints[] = {"destroy.before_keys", "destroy.inside_keys",
                                                "destroy.after_keys"};
  static constexpr std::size_t kBatchMax = 1'000;  // Units a transaction.

  // Both are the clusters as assent_key_destroyer and must outlive it.
  KeyDestroyer(
      Database& data, Database& safe, FaultPoint at = [](StaticText) {})
      : data_(data), safe_(safe), at_(std::move(at)) {}

  // Everything that is named by now. kUnavailable  the data cluster is away; when it is the safe,
  // the tenants that had to wait are in `refused`.
  Result<DestroyRound> run_once() const;

 private:
  struct Unit {
    TenantId tenant;
    Uuid act;
    Uuid subject;
    bool with_evidence = false;
  };
  Result<std::vector<Unit>> named_after(const Unit& last) const;
  // How many of them were not done yet; `units` are of one tenant.
  Result<std::size_t> destroy(TenantId tenant, const std::vector<Unit>& units) const;
  std::size_t destroy(Tx& tx, const std::vector<Unit>& units) const;
  // Acts over replaced versions, each whole and once.
  Status destroy_replaced(DestroyRound& round) const;

  Database& data_;
  Database& safe_;
  FaultPoint at_;
};

}  // namespace assent
