#pragma once

#include <iosfwd>

#include "audit/leaf.h"

namespace assent {

// The leaf as text that a person can read, one field a line. Needs no secret; what is sealed
// (details, who an id stands for) stays so.
void explain(const Leaf& leaf, const Hash32& hash, std::ostream& out);

}  // namespace assent
