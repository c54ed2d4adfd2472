#pragma once

#include <string>

#include "api/json.h"
#include "audit/log_view.h"
#include "identity/fields.h"

// Entries of the log as people, programs and a SIEM read them. Ids, numbers and names of our
// enumerations only, as they stand in the entry. Pure functions, thread-safe.
namespace assent {

// What every view says of itself, so that nobody takes it for a bundle.
inline constexpr StaticText kViewMark = "view, not evidence";

// {"view", "entries": […], "next"?, "log_begins"?}: the answer of the HTTP API.
std::string entries_json(const EntryPage& page, const FieldCatalogue& fields);
// RFC 4180 behind one line of comment with the mark; names of fields are joined by spaces.
std::string entries_csv(const EntryPage& page, const FieldCatalogue& fields);
// One line for a terminal.
std::string entry_line(const ViewedEntry& entry);

// One JSON object without a line end; `log` is its origin.
std::string entry_json(const ViewedEntry& entry, const FieldCatalogue& fields,
                       const std::string& log);
// ArcSight Common Event Format, version 0, one line without its end.
std::string entry_cef(const ViewedEntry& entry, const std::string& log);
// RFC 5424: facility 13 (log audit), severity 6, 4 when refused or failed. `host` names the sender.
std::string syslog_message(const ViewedEntry& entry, const std::string& host,
                           const std::string& text);

}  // namespace assent
