#include "entry_check.h"

#include <algorithm>

namespace assent {
namespace {

constexpr std::size_t kGroupSeenMax = 2 * kBundleGroup;

StaticText kind_of_change(bool removed, bool added) {
  if (removed && added) return "entry is swapped with the next one";
  if (removed) return "entry is missing here";
  if (added) return "entry was added here";
  return "entry is not the one that was logged";
}

}  // namespace

void EntryCheck::entry(std::optional<ByteView> leaf) {
  Seen seen;
  if (leaf) seen = {leaf_hash(*leaf), true};
  unreadable_ = unreadable_ || !leaf;
  actual_.append(seen.hash);
  if (read_++ == 0) first_hash_ = seen.hash;
  last_hash_ = seen.hash;
  if (group_.size() < kGroupSeenMax) group_.push_back(seen);
}

void EntryCheck::hashes(std::uint64_t first, std::span<const Hash32> claimed) {
  if (!claimed.empty() && first != group_first_) {
    bad("hashes line does not continue the one before it", group_first_,
        "entry " + std::to_string(group_first_), "entry " + std::to_string(first));
    if (!diverged_) claimed_ = group_start_;
    diverged_ = true;
    group_first_ = first;
  }
  compare(claimed);
  if (diverged_) {
    for (const Hash32& hash : claimed) claimed_.append(hash);
  }
  group_first_ += claimed.empty() ? group_.size() : claimed.size();
  group_.clear();
  group_start_ = actual_;
}

void EntryCheck::compare(std::span<const Hash32> claimed) {
  const std::size_t both = std::min(group_.size(), claimed.size());
  std::size_t at = 0;
  while (at < both && group_[at].is(claimed[at])) ++at;
  if (at == group_.size() && at == claimed.size()) return;
  if (!diverged_) claimed_ = group_start_;
  diverged_ = true;
  const bool removed = at == group_.size() || (at + 1 < claimed.size() && at < group_.size() &&
                                               group_[at].is(claimed[at + 1]));
  const bool added = at == claimed.size() || (at + 1 < group_.size() && at < claimed.size() &&
                                              group_[at + 1].is(claimed[at]));
  const bool readable = at == group_.size() || group_[at].readable;
  bad(readable ? kind_of_change(removed, added) : StaticText("entry cannot be decoded"),
      group_first_ + at, at < claimed.size() ? to_base64(claimed[at]) : "no entry",
      at == group_.size()   ? "no entry"
      : group_[at].readable ? to_base64(group_[at].hash)
                            : "text that is no leaf");
  // After a lone removal or addition the rest is compared one place further.
  const std::size_t skip_claimed = added && !removed ? 0 : 1;
  const std::size_t skip_found = removed && !added ? 0 : 1;
  std::size_t claimed_at = at + skip_claimed;
  std::size_t found_at = at + skip_found;
  for (; claimed_at < claimed.size() && found_at < group_.size(); ++claimed_at, ++found_at) {
    further_ += group_[found_at].is(claimed[claimed_at]) ? 0 : 1;
  }
  further_ += claimed.size() - std::min(claimed_at, claimed.size());
  further_ += group_.size() - std::min(found_at, group_.size());
}

void EntryCheck::bad(StaticText what, std::uint64_t entry, std::string expected,
                     std::string found) {
  if (first_bad_) {
    ++further_;
    return;
  }
  first_bad_ = tampered(what, std::move(expected), std::move(found));
  first_bad_->entry = entry;
}

void EntryCheck::end_of_entries() {
  if (!group_.empty()) hashes(group_first_, {});
}

}  // namespace assent
