#pragma once

#include <cstddef>
#include <iosfwd>

#include "consent/policy.h"
#include "core/result.h"

namespace assent {

struct CasesReport {
  std::size_t passed = 0;
  std::size_t failed = 0;
  bool all_passed() const { return failed == 0; }
};

// Runs a table of decisions (the shape of tests/golden/policy/gate_cases.json: `defaults`, and
// `cases` of id, facts and expected) against `policies` by decide(), with each case's facts merged
// deeply into the defaults. To `out` goes one line for each case that came out otherwise, a note
// for each fact it does not know, and last "N passed, N failed". A case whose facts cannot be read
// has failed; a flag of a name nobody knows denies; another unknown fact is noted and left out.
// kInvalid   not JSON (with line and column), not that shape, or no case in it.
// kTooLarge  over kCasesBytesMax.
Result<CasesReport> run_gate_cases(const PolicySet& policies, std::istream& json,
                                   std::ostream& out);

inline constexpr std::size_t kCasesBytesMax = 16U << 20;

}  // namespace assent
