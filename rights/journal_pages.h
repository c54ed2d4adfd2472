#pragma once

#include <functional>
#include <vector>

#include "core/db.h"
#include "denial_line.h"

namespace assent {

// Lines of the journal of denials that the data's feed does not have, page by page in the order of
// their positions, each with the position that was reached. `look` ends the walk with an error.
// kCorrupt: a line cannot be read. kUnavailable: a cluster is away.
using PageOfDenials = std::function<Status(std::span<const DenialLine>, std::int64_t reached)>;
Status for_each_missing(Database& journal_of_denials, Database& data, TenantId tenant,
                        const PageOfDenials& look);

}  // namespace assent
