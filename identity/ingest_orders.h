#pragma once

#include <map>
#include <vector>

#include "batch_plan.h"
#include "identity/mapping.h"
#include "identity/order_row.h"

namespace assent {

// How often an import has met an order line with an id, or an equal of one without.
using Occurrences = std::map<Tag16, std::int32_t>;

struct OrderRules {
  const Source& customers;  // Whose external ids the orders name.
  Corrections corrections = Corrections::kRefused;
};

// Plans what a group of orders leaves behind. A customer unknown to `customers` gets a record with
// nothing but that id. An order line is known again by its order id and product: what says the same
// is unchanged, what says another thing of the same customer's line replaces it, and another
// customer's row is rejected; so is a second word of one file on one line, unless the mapping takes
// corrections in order. Without an id a line is the n-th of its equals (source, customer, time,
// quantity, amount, currency), and what is known is not stored again. `occurrences` is raised for
// what was met.
void plan_orders(Tx& tx, const BatchScope& scope, const OrderRules& rules,
                 std::span<const OrderRow> rows, Uuid import, Occurrences& occurrences,
                 BatchPlan& plan);

}  // namespace assent
