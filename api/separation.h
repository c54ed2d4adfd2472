#pragma once

#include <string_view>

#include "api/services.h"
#include "identity/unmerge.h"

namespace assent {

// Takes a record out of its profile, with the permits of everybody concerned, in one transaction.
// Errors as unmerge().
Result<UnmergeOutcome> separate(Services& services, TenantId tenant, const Act& act,
                                RecordId record);

// "email", "phone", "card"; "person" for a decision that no value stands behind.
std::string_view kind_name(std::uint16_t index_id);

}  // namespace assent
