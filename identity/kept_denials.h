#pragma once

#include "batch.h"
#include "batch_plan.h"
#include "prepared_contact.h"

namespace assent {

// No denial is lost with its row. Of a row that is not stored as a person's, each denial becomes a
// ledger event of the record that its external id leads to, which also suppresses the record's
// contact points, and suppresses the phones and e-mails of the row, whoever holds them. What could
// not be read binds the more (RowDenial). The same row again adds nothing and moves no date.

// The denials of a row, and whom they bind: one that was prepared, one that could not be read.
DeniedRow denied_by(const PreparedContact& prepared);
DeniedRow denied_by(const RejectedRow& row, std::int16_t source, const TagMaker& tags,
                    const BlockedValues& blocked);

// Plans the denials of plan.denied; the group's other rows are planned already. Marks the rejected
// rows whose denials bind somebody.
void plan_denials(Tx& tx, const BatchScope& scope, BatchPlan& plan);

}  // namespace assent
