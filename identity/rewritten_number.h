#pragma once

#include <optional>
#include <string_view>

#include "core/static_text.h"

namespace assent {

// What programs of tables make of an id or a phone that they take for an amount: "31000003.0", of
// which the number is certain, and "3.1E+07", of which digits may be lost. Read as it stands it
// would be another id, or another phone.

// Why the text tells nobody apart; nullopt when it is no such number. A word such as "31E07" is
// none: programs write a point or a sign. Pure; thread-safe.
std::optional<StaticText> why_rewritten(std::string_view text);

// "31000003" of "31000003.0"; any other text as it is, without white space at its ends. Only for
// what restricts: a denial, or the tags by which a row that was rejected is found and erased.
std::string_view without_zero_decimals(std::string_view text);

}  // namespace assent
