#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "audit/leaf.h"
#include "audit/verifier.h"

// The entries of a bundle that was found to be evidence. Private to the checks of certificates,
// releases and the state.
namespace assent {

using SeeLeaf = std::function<void(std::uint64_t index, const Leaf& leaf)>;

// Verifies `bundle`, which must be a file that can be read twice, and shows its leaves in order.
// Whatever keeps the bundle from being evidence is appended to `findings`; then nothing is shown
// and the answer is nullopt.
std::optional<BundleReport> each_leaf(std::istream& bundle, const LogPolicy* policy,
                                      std::vector<Finding>& findings, const SeeLeaf& see);

// The entries that tell of one object, and the log they are in.
struct LeavesAbout {
  std::string origin;
  std::vector<Leaf> leaves;

  // The first with this event; nullptr when there is none.
  const Leaf* find(AuditEvent event) const;
};
LeavesAbout leaves_about(std::istream& bundle, const LogPolicy* policy, const Uuid& object,
                         std::vector<Finding>& findings);

}  // namespace assent
