#pragma once

#include <map>
#include <vector>

#include "rights/rights_services.h"

namespace assent {

// An older safe under today's data: its keys of whoever was erased since, and its tokens that were
// revoked since, end again. What is wrapped under a burned epoch nobody opens anyhow.
// decisions.md 42; docs/decisions/0034. Each call may be repeated.
class SafeRestore {
 public:
  explicit SafeRestore(const RightsServices& services) : services_(services) {}

  // Names the keys of units that the data says are erased: assent-key-destroyer takes them, the
  // sweeper ends it. Answers how many units.
  Result<std::size_t> destroy_again(TenantId tenant, const Act& act) const;
  // Tokens whose revocation stands in the tenant's log. Answers how many were valid again.
  Result<std::size_t> revoke_again(TenantId tenant) const;
  // Records that are younger than the safe: nothing opens them.
  Result<std::size_t> records_without_key(TenantId tenant) const;

 private:
  std::size_t name_again(Tx& tx, const Act& act,
                         const std::map<Uuid, std::vector<Uuid>>& by_request) const;

  RightsServices services_;
};

// Whether the safe knows of the newest erasures that the data tells of. False: it is an older one.
Result<bool> is_safe_whole(Database& data, Database& safe, TenantId tenant);

}  // namespace assent
