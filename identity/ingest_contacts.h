#pragma once

#include <span>

#include "batch_plan.h"
#include "core/key_store.h"
#include "prepared_contact.h"

namespace assent {

// Whether the file says more of a person than opt-outs and consents. Rows that do not, add to a
// record and leave what it holds.
enum class RowsTell { kPerson, kStatements };

// Plans what a group of contacts leaves behind: records, their versions and identifiers,
// organisations, statements. Idempotent by (source, external id): a row that says what is stored
// changes nothing, another is a new version; of several rows of one id the later counts. A row of
// an erased person is rejected as ERASED until the person acts anew in a source of the person's
// acts. Answers the keys of the units that had one, for BatchPlan::seal().
Result<KeySet> plan_contacts(Tx& tx, const BatchScope& scope, std::span<const PreparedContact> rows,
                             RowsTell tell, BatchPlan& plan);

}  // namespace assent
