#pragma once

#include <optional>
#include <string>
#include <vector>

#include "person.h"
#include "purchases.h"
#include "wishes.h"

namespace assent::sample {

// The web shop's exports: the generic captions of decisions.md 45, semicolons, UTF-8.
std::vector<std::string> shop_header();
std::vector<std::string> consent_header();
std::vector<std::string> order_header();

// The customer row; `consent`, when there is one, stands in its last columns.
std::vector<std::string> shop_row(const SampleOptions& options, const Person& person,
                                  const OptOuts& opt_out,
                                  const std::optional<InventedConsent>& consent);
// The row of the same person's second customer number: one way to reach them in common.
std::vector<std::string> duplicate_row(const SampleOptions& options, const Person& person,
                                       const OptOuts& opt_out);
std::vector<std::string> consent_row(const std::string& external_id, const InventedConsent& event);
std::vector<std::string> order_row(const std::string& external_id, const Purchase& purchase);

}  // namespace assent::sample
