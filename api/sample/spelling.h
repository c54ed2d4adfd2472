#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dice.h"

namespace assent::sample {

std::string padded(std::uint64_t number, std::size_t digits);  // With leading zeros.
std::string ascii_lower(std::string_view text);

// The same value as different people type it: other case, other grouping, a trunk 8 for +7.
std::string spell_email(const std::string& email, Dice& dice);
std::string spell_phone(const std::string& e164, Dice& dice);
// The letter ё written as е.
std::string without_yo(std::string_view text);

}  // namespace assent::sample
