#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "audit/leaf.h"
#include "audit/verifier.h"

namespace assent {

// Follows the numbers and the times of each writer through a range of the log (decisions.md 20).
// Private to the verifier. Not thread-safe.
class WriterCheck {
 public:
  // A range from entry 0 holds every number of every writer; another may start in the middle.
  enum class Range { kFromLogStart, kFromMiddle };
  static constexpr std::int64_t kBackwardsUsMax = 5 * kSecondUs;
  // Bounds the memory; a log with more sessions is exported in several ranges.
  static constexpr std::size_t kWritersMax = 1'000'000;

  explicit WriterCheck(Range range) : range_(range) {}

  void see(std::uint64_t index, const Leaf& leaf);
  // Call once, after the last entry: the first finding of each kind.
  std::vector<Finding> finish();

  std::uint64_t writers() const { return writers_.size(); }
  std::uint64_t gaps() const { return gaps_; }
  std::uint64_t backwards() const { return backwards_; }
  Timestamp newest() const { return newest_; }

 private:
  struct Writer {
    std::uint64_t next_seq = 0;
    Timestamp newest;
  };
  struct Replaced {
    std::uint64_t last_seq;
    std::uint64_t index;  // Of the entry that says so.
  };

  void see_heartbeat(std::uint64_t index, const NamedWriters& named);
  void see_number(std::uint64_t index, const Leaf& leaf, Writer* known);
  void see_time(std::uint64_t index, const Leaf& leaf, Writer& writer);
  // `found` may be that of no entry at all.
  void gap(StaticText what, std::uint64_t index, std::uint64_t expected,
           std::optional<std::uint64_t> found);

  Range range_;
  std::unordered_map<std::uint32_t, Writer> writers_;
  std::unordered_map<std::uint32_t, Replaced> replaced_;
  bool too_many_ = false;
  std::optional<Finding> first_gap_;
  std::optional<Finding> first_backwards_;
  std::uint64_t gaps_ = 0;
  std::uint64_t backwards_ = 0;
  Timestamp newest_;
};

}  // namespace assent
