#pragma once

#include <string>
#include <vector>

#include "core/db.h"

namespace assent {

// What a source has fed: live records, organisations, and the orders that it brought, whosesoever
// customers they name, by currency (one entry a currency; a source without orders has one entry
// with none).
struct SourceTotals {
  std::string name;
  std::string mapping;
  std::string currency;  // "" without orders.
  std::int64_t customers = 0;
  std::int64_t orders = 0;
  std::int64_t total_minor = 0;
  std::int64_t records = 0;
  std::int64_t organisations = 0;
};
std::vector<SourceTotals> source_totals(Tx& tx);

}  // namespace assent
