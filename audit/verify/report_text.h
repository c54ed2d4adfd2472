#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "audit/erasure_check.h"
#include "audit/release_check.h"
#include "audit/stamp_check.h"
#include "audit/state_check.h"
#include "audit/verifier.h"

namespace assent {

void print(const BundleReport& report, std::ostream& out);
void print(const Report& report, std::ostream& out);
void print(const ErasureReport& report, std::ostream& out);
void print(const ReleaseReport& report, std::ostream& out);
void print(const StateReport& report, std::ostream& out);
void print(const StampReport& report, std::ostream& out);

// Text of others for a terminal: whatever is not printable ASCII becomes '?'.
std::string printable(std::string_view text);
// The word of a verdict: VERIFIED, TAMPERED, CANNOT TELL.
StaticText word(LogVerdict verdict);
// What an entry tells of a database that had lost entries of the log.
std::string in_words(const RecoveredLog& recovered);
std::string in_words(const ForkedLog& fork);
// What no verifier of a log can prove; it ends every report.
StaticText not_proved();
// What a time stamp leaves open besides.
StaticText not_stamped();
// What a comparison of the state leaves out besides.
StaticText not_compared();

}  // namespace assent
