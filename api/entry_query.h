#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "audit/log_view.h"

namespace assent {

// What a reader of the log asks for, by the names that HTTP and the command share.
inline constexpr std::initializer_list<StaticText> kEntryQueryNames = {
    "from",        "to",     "actor",   "on_behalf_of", "act",   "purpose",
    "object_kind", "object", "outcome", "subject",      "after", "limit"};
inline constexpr std::size_t kEntryLimit = 100;  // When none is asked for.

struct EntryQuery {
  EntryFilter filter;
  EntryCursor after;
  std::size_t limit = kEntryLimit;
};

// The value of a name; nullopt when it is not given.
using QueryValue = std::function<std::optional<std::string_view>(StaticText)>;

// kInvalid, with the name: a time that is none, an id that is none, a word that no enumeration has,
// a cursor that was not answered, a limit outside 1 to kEntryPageMax.
Result<EntryQuery> read_entry_query(const QueryValue& value);

}  // namespace assent
