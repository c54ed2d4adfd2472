#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "audit/leaf.h"
#include "audit/verifier.h"

namespace assent {

// The entries of a bundle that tell of one object, and the log they are in. Private to the checks
// of certificates and releases.
struct LeavesAbout {
  std::string origin;
  std::vector<Leaf> leaves;

  // The first with this event; nullptr when there is none.
  const Leaf* find(AuditEvent event) const;
};

// Verifies `bundle`, which must be a file that can be read twice, and looks for `object` in it.
// Whatever keeps the bundle from being evidence is appended to `findings`; then nothing is found.
LeavesAbout leaves_about(std::istream& bundle, const LogPolicy* policy, const Uuid& object,
                         std::vector<Finding>& findings);

}  // namespace assent
