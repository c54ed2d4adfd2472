#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/plaintext.h"
#include "identity/row_warning.h"

namespace assent {

// One order line, normalised. What is a std::string may be kept in the clear.
struct OrderRow {
  std::uint64_t line = 0;
  // Where these stand in the file, from 1; 0 for one without a column.
  std::uint32_t id_column = 0;
  std::uint32_t date_column = 0;
  std::uint32_t quantity_column = 0;
  Plaintext customer;  // The customer's external id; never empty.
  Plaintext order_id;  // Empty when the source has none: then equal rows are real purchases.
  Timestamp ordered_at;
  std::int64_t quantity = 1;
  std::int64_t amount_minor = 0;  // Of the currency's smallest unit; negative when given back.
  std::string currency;           // ISO 4217.
  std::string product;
  std::string category;
  std::vector<RowWarning> warnings;
};

}  // namespace assent
