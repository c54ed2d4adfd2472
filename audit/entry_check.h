#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/bundle.h"
#include "audit/merkle.h"
#include "findings.h"

namespace assent {

// Compares the entries of a bundle, group by group, with what its `hashes` lines say, and folds
// both into compact ranges. Which of the two is right, only the root decides, at the end.
// Private to the verifier. Not thread-safe.
class EntryCheck {
 public:
  // What became of the first entry that differs.
  enum class Change { kChanged, kUnreadable, kRemoved, kAdded, kSwapped };

  explicit EntryCheck(std::uint64_t first)
      : group_first_(first), actual_(first), group_start_(first), claimed_(first) {}

  // The leaf's bytes, or nullopt for a line that does not hold any.
  void entry(std::optional<ByteView> leaf);
  void hashes(std::uint64_t first, std::span<const Hash32> claimed);
  // At the trailer: nothing may stand behind the last `hashes` line.
  void end_of_entries();

  std::uint64_t next_index() const { return group_first_ + group_.size(); }
  std::uint64_t read() const { return read_; }
  // Of the entries as they stand; nullptr when one of them is not even text of a leaf.
  const CompactRange* actual() const { return unreadable_ ? nullptr : &actual_; }
  // Of what the `hashes` lines say.
  const CompactRange& claimed() const { return diverged_ ? claimed_ : actual_; }
  const std::optional<Finding>& first_bad() const { return first_bad_; }
  std::uint64_t further() const { return further_; }
  const Hash32& first_hash() const { return first_hash_; }
  const Hash32& last_hash() const { return last_hash_; }

 private:
  struct Seen {
    Hash32 hash{};
    bool readable = false;
    bool is(const Hash32& claimed) const { return readable && hash == claimed; }
  };

  Change change_at(std::size_t at, std::span<const Hash32> claimed) const;
  void compare(std::span<const Hash32> claimed);
  void diverge();  // From this group on, `claimed_` goes its own way.
  void bad(StaticText what, std::uint64_t entry, std::string expected, std::string found);

  std::uint64_t group_first_;
  std::vector<Seen> group_;
  CompactRange actual_;
  CompactRange group_start_;  // `actual_` before the group.
  CompactRange claimed_;      // Kept from the first difference on.
  bool diverged_ = false;
  bool unreadable_ = false;
  std::uint64_t read_ = 0;
  std::optional<Finding> first_bad_;
  std::uint64_t further_ = 0;
  Hash32 first_hash_{};
  Hash32 last_hash_{};
};

}  // namespace assent
