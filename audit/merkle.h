#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/result.h"

// The Merkle tree of RFC 6962 section 2.1 and its proofs. Pure functions, thread-safe; CompactRange
// is a value and not thread-safe. Indexes count from 0; `size` is a number of leaves.
namespace assent {

Hash32 leaf_hash(ByteView leaf);                            // SHA-256(0x00 ‖ leaf)
Hash32 node_hash(const Hash32& left, const Hash32& right);  // SHA-256(0x01 ‖ left ‖ right)
Hash32 empty_root();                                        // SHA-256 of nothing.

// A proof: the sibling hashes from the leaf's side up to the root's child.
using HashPath = std::vector<Hash32>;
inline constexpr std::size_t kProofHashesMax = 63;

// A perfect subtree of 2^level leaves.
struct Subtree {
  Hash32 hash;
  unsigned level;
  friend bool operator==(const Subtree&, const Subtree&) = default;
};

// The leaves [begin, end) of a tree folded into the fewest perfect subtrees, left to right: at most
// two per level, whatever the number of leaves. With begin 0 this is the right edge of a tree, all
// that is needed to grow it and to know its root.
class CompactRange {
 public:
  explicit CompactRange(std::uint64_t begin = 0) : begin_(begin), end_(begin) {}
  // The range [0, size) from its subtree hashes, largest first, one for each 1 bit of `size`.
  // kCorrupt   the number of hashes does not fit the size.
  static Result<CompactRange> restore(std::uint64_t size, std::span<const Hash32> subtrees);

  void append(const Hash32& leaf) { append_subtree({leaf, 0}); }
  // end() must be a multiple of 2^level, else std::logic_error.
  void append_subtree(const Subtree& subtree);

  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  const std::vector<Subtree>& subtrees() const { return subtrees_; }
  // Of the tree [0, end). begin() must be 0, else std::logic_error.
  Hash32 root() const;

 private:
  std::uint64_t begin_;
  std::uint64_t end_;
  std::vector<Subtree> subtrees_;
};

// RFC 9162 2.1.3.2. False for every index not below the size, so for the empty tree.
bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash32& leaf,
                      std::span<const Hash32> path, const Hash32& root);

// RFC 9162 2.1.4.2. Size 0 proves nothing and is false: treat it before calling.
bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Hash32& old_root,
                        const Hash32& new_root, std::span<const Hash32> path);

// An inclusion path parted into what lies left and what lies right of the leaf, both still from the
// leaf upwards. The left part is exactly the subtrees of [0, index), smallest first.
struct PathSides {
  HashPath left;
  HashPath right;
};
// nullopt when the path has the wrong length for (index, size).
std::optional<PathSides> split_path(std::uint64_t index, std::uint64_t size,
                                    std::span<const Hash32> path);

// The root of the tree of `size` leaves of which `edge` holds [0, end) and `right` (from
// split_path of the leaf end - 1) covers the rest. nullopt when the numbers do not fit.
std::optional<Hash32> root_beyond(const CompactRange& edge, std::span<const Hash32> right,
                                  std::uint64_t size);

}  // namespace assent
