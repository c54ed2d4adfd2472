#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "person.h"

namespace assent::sample {

struct Purchase {
  Timestamp at;
  std::string_view product;
  std::string_view category;
  std::string_view currency;
  std::uint32_t quantity = 1;
  std::uint64_t amount_minor = 0;  // Of the whole row.
  std::uint32_t number = 0;        // Per person from 1; 0: the till gave no order id.
};

// What the person bought in the shop, newest first. Two equal rows without an id are two purchases.
// The last purchase is at most 160 or at least 200 days old, so that "180 days" has no edge.
std::vector<Purchase> purchases_of(const SampleOptions& options, const Person& person);

inline constexpr std::int32_t kSleepingDays = 180;

}  // namespace assent::sample
