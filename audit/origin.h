#pragma once

#include <optional>
#include <string>
#include <string_view>

// The names that one log has had: "host/tenant/log1", after an open fork (docs/audit-format.md)
// "host/tenant/log2", and so on. Pure functions, thread-safe.
namespace assent {

// Of ".../log1": ".../log2". nullopt when the origin does not end in "/log" and a number.
std::optional<std::string> next_origin(std::string_view origin);
// Of ".../log2": ".../log1". nullopt of a first one, too.
std::optional<std::string> previous_origin(std::string_view origin);

// Did the log of `later` have the name `earlier` before a fork? False when they are equal.
bool is_earlier_origin(std::string_view earlier, std::string_view later);

// Its last part, "log1": where the signer keeps what was of that name. nullopt as above.
std::optional<std::string> origin_directory(std::string_view origin);

}  // namespace assent
