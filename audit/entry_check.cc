#include "entry_check.h"

#include <algorithm>

namespace assent {
namespace {

constexpr std::size_t kGroupSeenMax = 2 * kBundleGroup;

StaticText text_of(EntryCheck::Change change) {
  switch (change) {
    case EntryCheck::Change::kChanged:
      return "entry is not the one that was logged";
    case EntryCheck::Change::kUnreadable:
      return "entry cannot be decoded";
    case EntryCheck::Change::kRemoved:
      return "entry is missing here";
    case EntryCheck::Change::kAdded:
      return "entry was added here";
    case EntryCheck::Change::kSwapped:
      return "entry is swapped with the next one";
  }
  return "";
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
    diverge();
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

EntryCheck::Change EntryCheck::change_at(std::size_t at, std::span<const Hash32> claimed) const {
  const auto equal = [&](std::size_t found_at, std::size_t claimed_at) {
    return found_at < group_.size() && claimed_at < claimed.size() &&
           group_[found_at].is(claimed[claimed_at]);
  };
  if (at == group_.size()) return Change::kRemoved;
  if (!group_[at].readable) return Change::kUnreadable;
  const bool removed = equal(at, at + 1);
  const bool added = at == claimed.size() || equal(at + 1, at);
  if (removed && added) return Change::kSwapped;
  if (removed) return Change::kRemoved;
  return added ? Change::kAdded : Change::kChanged;
}

void EntryCheck::compare(std::span<const Hash32> claimed) {
  const std::size_t both = std::min(group_.size(), claimed.size());
  std::size_t at = 0;
  while (at < both && group_[at].is(claimed[at])) ++at;
  if (at == group_.size() && at == claimed.size()) return;
  diverge();
  const Change change = change_at(at, claimed);
  const std::string expected = at < claimed.size() ? to_base64(claimed[at]) : "no entry";
  const std::string found = at == group_.size()   ? "no entry"
                            : group_[at].readable ? to_base64(group_[at].hash)
                                                  : "text that is no leaf";
  bad(text_of(change), group_first_ + at, expected, found);
  // After a lone removal or addition the rest is compared one place further.
  std::size_t claimed_at = at + (change == Change::kAdded ? 0 : 1);
  std::size_t found_at = at + (change == Change::kRemoved ? 0 : 1);
  for (; claimed_at < claimed.size() && found_at < group_.size(); ++claimed_at, ++found_at) {
    further_ += group_[found_at].is(claimed[claimed_at]) ? 0 : 1;
  }
  further_ += claimed.size() - std::min(claimed_at, claimed.size());
  further_ += group_.size() - std::min(found_at, group_.size());
}

void EntryCheck::diverge() {
  if (!diverged_) claimed_ = group_start_;
  diverged_ = true;
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
