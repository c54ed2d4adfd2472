#pragma once

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "audit/bundle.h"
#include "audit/checkpoint.h"
#include "audit/leaf.h"
#include "audit/log_policy.h"
#include "audit/tiles.h"
#include "audit/verifier.h"

namespace assent {

// A log in memory, with a key of its own, and what an operator would give out of it.
class SampleLog {
 public:
  static constexpr const char* kOrigin = "cdp.example/acme/log1";
  static constexpr std::int64_t kStartUs = 1'770'000'000'000'000;

  // The first `acts` entries of two writers in turn, both opened in the log.
  explicit SampleLog(std::size_t acts = 0, std::uint8_t key_seed = 1);

  Leaf open_writer(std::uint32_t writer) const;
  // The next act of a writer whose last number was `seq - 1`.
  Leaf act(std::uint32_t writer, std::uint64_t seq, std::int64_t at_us) const;
  void add(const Leaf& leaf) { leaves.push_back(encode(leaf)); }

  std::uint64_t size() const { return leaves.size(); }
  LeafHashTiles tiles() const;
  Checkpoint head(std::uint64_t size) const;
  std::string checkpoint(std::uint64_t size) const { return sign_checkpoint(head(size), key); }
  std::string checkpoint() const { return checkpoint(size()); }

  // The bundle of [first, end) against the tree of `tree_size` leaves. The consistency proof is
  // put in when `old_size` is given.
  std::string bundle(std::uint64_t first, std::uint64_t end, std::uint64_t tree_size,
                     std::optional<std::uint64_t> old_size = std::nullopt) const;
  std::string bundle() const { return bundle(0, size(), size()); }

  // "log VKEY, quorum none".
  std::string policy_text() const;
  LogPolicy policy() const;

  std::string origin = kOrigin;
  std::vector<Bytes> leaves;
  SigningKey key;
};

// The report on `bundle` under the log's own policy.
BundleReport verify(const SampleLog& log, const std::string& bundle,
                    std::optional<std::string_view> since = std::nullopt);

// The lines of a text, each with its newline, to be cut and changed.
std::vector<std::string> lines_of(const std::string& text);
std::string join(const std::vector<std::string>& lines);
// The place of entry `index` of a bundle from entry 0 among its lines.
std::size_t line_of_entry(std::size_t index);

std::optional<std::uint64_t> first_bad_entry(const Report& report);

std::string read_golden(const std::string& path);  // Below tests/golden/crypto.

// A fixed sequence of numbers for choosing places to break.
class Sequence {
 public:
  explicit Sequence(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

}  // namespace assent
