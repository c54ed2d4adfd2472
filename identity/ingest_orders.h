#pragma once

#include <map>
#include <vector>

#include "batch_plan.h"
#include "identity/order_row.h"

namespace assent {

// How many equal orders without an id an import has met, by what makes them equal.
using Occurrences = std::map<Tag16, std::int32_t>;

// Plans what a group of orders leaves behind. `customers` is the source whose external ids the
// orders name; a customer unknown to it gets a record with nothing but that id. An order is known
// again by its id and product, or else as the n-th of its equals (source, customer, time, quantity,
// amount, currency); what is known is not stored again. `occurrences` is raised for what was met.
void plan_orders(Tx& tx, const BatchScope& scope, const Source& customers,
                 std::span<const OrderRow> rows, Uuid import, Occurrences& occurrences,
                 BatchPlan& plan);

}  // namespace assent
