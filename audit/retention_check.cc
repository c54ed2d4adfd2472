#include "retention_check.h"

#include <algorithm>

namespace assent {

void RetentionCheck::see(std::uint64_t index, const Leaf& leaf) {
  // Where entries are missing, the numbers jump: then nothing follows from this anyhow.
  const std::uint64_t group = index / kPrunedTogether - first_ / kPrunedTogether;
  if (newest_.empty() || group == newest_.size()) {
    newest_.push_back(newest_.empty() ? Timestamp{} : newest_.back());
  }
  newest_.back() = std::max(newest_.back(), leaf.time);
  if (const auto terms = announced_terms(index, leaf)) announced_.push_back(*terms);
  if (const auto prune = declared_prune(index, leaf)) {
    check(*prune);
    pruned_ = prune;
  }
}

void RetentionCheck::breach(std::uint64_t entry, StaticText what) {
  findings_.push_back(tampered(what));
  findings_.back().entry = entry;
}

void RetentionCheck::check(const DeclaredPrune& prune) {
  const PrunedRange& range = prune.range;
  if (const auto what = breach_of(prune, announced_)) {
    // What an entry before the range announced cannot be told.
    if (*what != kTermsNotKnown || range.announced >= first_) breach(prune.entry, *what);
  }
  if (pruned_ && range.minimum < pruned_->range.minimum) {
    breach(prune.entry, "the log was pruned by numbers that do not fit");
  }
  const std::uint64_t groups = range.minimum / kPrunedTogether;
  const std::uint64_t before = first_ / kPrunedTogether;
  if (groups <= before || newest_.empty()) return;
  const std::size_t last = std::min<std::uint64_t>(groups - before, newest_.size()) - 1;
  if (newest_[last] > range.newest) {
    breach(prune.entry, "the log was pruned of entries that are younger than it says");
  }
}

}  // namespace assent
