#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assent {

// Decimals of an ISO 4217 currency (2 for EUR, 0 for JPY); nullopt when there is no such code.
std::optional<int> currency_digits(std::string_view code);

struct Money {
  std::int64_t minor = 0;  // Of the currency's smallest unit: cents, kopecks.
  std::string currency;    // ISO 4217.
};

// The amount in `text`, exactly, never through floating point: "1234.56", "1 234,56", "1,234.56",
// "$12", "12 руб.", "-3,50". `currency` is what the source says, "" when it says nothing: then the
// amount's own sign must tell. Thread-safe.
// kInvalid: no amount; finer than the currency's smallest unit; a sign of another currency; no
// currency; too large; or one mark before three digits ("1,234"), which may mean two amounts.
Result<Money> parse_money(std::string_view text, std::string_view currency);

}  // namespace assent
