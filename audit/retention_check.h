#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "audit/retention_rules.h"
#include "findings.h"

namespace assent {

// Follows what a range of the log says of its retention, and holds each prune to what the log had
// announced. Memory: 8 bytes for 256 entries. Private to the verifier. Not thread-safe.
class RetentionCheck {
 public:
  // `first` is the number of the range's first entry.
  explicit RetentionCheck(std::uint64_t first) : first_(first) {}

  void see(std::uint64_t index, const Leaf& leaf);
  // A finding for each breach.
  std::vector<Finding> finish() { return std::move(findings_); }
  // The newest that the range holds.
  const std::optional<DeclaredPrune>& pruned() const { return pruned_; }

 private:
  void check(const DeclaredPrune& prune);
  void breach(std::uint64_t entry, StaticText what);

  const std::uint64_t first_;
  std::vector<AnnouncedTerms> announced_;
  std::optional<DeclaredPrune> pruned_;
  // The newest time of all entries up to each 256th, the first number of which is first_ / 256.
  std::vector<Timestamp> newest_;
  std::vector<Finding> findings_;
};

}  // namespace assent
