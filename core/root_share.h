#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/plaintext.h"
#include "core/random.h"
#include "core/result.h"

// A root key split among people (Shamir's scheme, by libgfshare): any `threshold` shares give it
// back, fewer tell nothing. A share is text that can be typed:
//
//   # words for people, ignored
//   0136 f2c1 …                     25 groups of four hexadecimal characters, in any spacing
//
// These are 50 bytes: format 0x01 | set 5 | shares 1 | threshold 1 | number 1 | generation 4 |
// share 32 | the first 5 of SHA-256 over what stands before. The set is random, made by each split;
// the generation is that of the root in its keyring. Pure functions, thread-safe.
namespace assent {

struct RootShare {
  std::array<std::uint8_t, 5> set{};
  std::uint8_t shares = 0;
  std::uint8_t threshold = 0;
  std::uint8_t number = 0;  // 1 to `shares`.
  std::uint32_t generation = 1;
  SecretKey key;  // 32 bytes that are no key without the others.

  friend bool same_set(const RootShare& a, const RootShare& b) {
    return a.set == b.set && a.shares == b.shares && a.threshold == b.threshold &&
           a.generation == b.generation;
  }
};

inline constexpr int kSharesMax = 255;

// kInvalid unless 2 <= threshold <= shares <= kSharesMax.
Result<std::vector<RootShare>> split_root(const SecretKey& root, std::uint32_t generation,
                                          int shares, int threshold, Random& random);

// The groups, in five lines. A secret: the caller wipes what it makes of it.
Plaintext share_text(const RootShare& share);
// kInvalid it is no share: another character, or not 100 of them. kCorrupt it was one, but a
// character was changed.
Result<RootShare> parse_share(std::string_view text);

// Shares as they come in, until there are enough.
class ShareSet {
 public:
  // kConflict a share of another split, or one that is here already.
  Status add(RootShare share);
  // How many more are needed; 1 while there is none, for the first tells how many.
  std::size_t missing() const;
  std::uint32_t generation() const { return shares_.front().generation; }  // Of at least one.
  // kInvalid while shares are missing.
  Result<SecretKey> join() const;

 private:
  std::vector<RootShare> shares_;
};

}  // namespace assent
