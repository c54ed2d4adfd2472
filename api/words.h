#pragma once

#include <string>
#include <vector>

namespace assent {

// The words of a text[] column that was read as array_to_string(column, ' ').
std::vector<std::string> words(const std::string& text);

}  // namespace assent
