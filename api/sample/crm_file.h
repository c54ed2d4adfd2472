#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "csv_writer.h"
#include "person.h"

namespace assent::sample {

// The contact export of amoCRM: its 43 captions, its quoting, its line ends (contracts.md G1).
inline constexpr Dialect kCrmDialect{',', Dialect::Quotes::kAlways, "\r\n"};

std::vector<std::string> crm_header();
std::vector<std::string> crm_row(const SampleOptions& options, const Person& person);
std::vector<std::string> crm_company_row(const SampleOptions& options, std::uint64_t block);

}  // namespace assent::sample
