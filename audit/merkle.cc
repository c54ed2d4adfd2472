#include "audit/merkle.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "core/digest.h"

namespace assent {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0x00};
constexpr std::uint8_t kNodePrefix[] = {0x01};

bool is_odd(std::uint64_t value) {
  return (value & 1) != 0;
}

// Where a walk from a leaf to the root stands: `node` counts the nodes of this level from the left,
// `last` is the number of its last node (fn and sn of RFC 9162).
struct Walk {
  std::uint64_t node;
  std::uint64_t last;

  bool at_root() const { return last == 0; }
  // Is the next sibling on the left? Skips the levels on which the node has no sibling.
  bool next_is_left() {
    if (!is_odd(node) && node != last) return false;
    while (!is_odd(node)) up();
    return true;
  }
  void up() {
    node >>= 1;
    last >>= 1;
  }
};

}  // namespace

Hash32 leaf_hash(ByteView leaf) {
  return sha256(kLeafPrefix, leaf);
}
Hash32 node_hash(const Hash32& left, const Hash32& right) {
  return sha256(kNodePrefix, left, right);
}
Hash32 empty_root() {
  return sha256({});
}

Result<CompactRange> CompactRange::restore(std::uint64_t size, std::span<const Hash32> subtrees) {
  if (static_cast<std::size_t>(std::popcount(size)) != subtrees.size()) {
    return Error{ErrorCode::kCorrupt, "number of subtree hashes does not fit the tree size"};
  }
  CompactRange range;
  auto next = subtrees.begin();
  for (unsigned level = 64; level-- > 0;) {
    if (is_odd(size >> level)) range.append_subtree({*next++, level});
  }
  return range;
}

void CompactRange::append_subtree(const Subtree& subtree) {
  const std::uint64_t width = std::uint64_t{1} << subtree.level;
  if (end_ % width != 0) throw std::logic_error("subtree does not fit at the end of the range");
  Subtree merged = subtree;
  std::uint64_t start = end_;
  end_ += width;
  // A right child is joined with its left sibling when the range holds that one.
  while (!subtrees_.empty() && subtrees_.back().level == merged.level &&
         is_odd(start >> merged.level)) {
    start -= std::uint64_t{1} << merged.level;
    merged = {node_hash(subtrees_.back().hash, merged.hash), merged.level + 1};
    subtrees_.pop_back();
  }
  subtrees_.push_back(merged);
}

Hash32 CompactRange::root() const {
  if (begin_ != 0) throw std::logic_error("only a range from 0 has a root");
  if (subtrees_.empty()) return empty_root();
  Hash32 root = subtrees_.back().hash;
  for (auto left = subtrees_.rbegin() + 1; left != subtrees_.rend(); ++left) {
    root = node_hash(left->hash, root);
  }
  return root;
}

bool verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash32& leaf,
                      std::span<const Hash32> path, const Hash32& root) {
  if (index >= size) return false;
  Walk walk{index, size - 1};
  Hash32 hash = leaf;
  for (const Hash32& sibling : path) {
    if (walk.at_root()) return false;
    hash = walk.next_is_left() ? node_hash(sibling, hash) : node_hash(hash, sibling);
    walk.up();
  }
  return walk.at_root() && hash == root;
}

bool verify_consistency(std::uint64_t old_size, std::uint64_t new_size, const Hash32& old_root,
                        const Hash32& new_root, std::span<const Hash32> path) {
  if (old_size == 0 || old_size > new_size) return false;
  if (old_size == new_size) return path.empty() && old_root == new_root;
  if (path.empty()) return false;
  Walk walk{old_size - 1, new_size - 1};
  while (is_odd(walk.node)) walk.up();
  // A perfect old tree is itself the first hash of the path and is left out of it.
  const bool perfect = std::has_single_bit(old_size);
  Hash32 in_old = perfect ? old_root : path.front();
  Hash32 in_new = in_old;
  for (const Hash32& sibling : perfect ? path : path.subspan(1)) {
    if (walk.at_root()) return false;
    if (walk.next_is_left()) {
      in_old = node_hash(sibling, in_old);
      in_new = node_hash(sibling, in_new);
    } else {
      in_new = node_hash(in_new, sibling);
    }
    walk.up();
  }
  return walk.at_root() && in_old == old_root && in_new == new_root;
}

std::optional<PathSides> split_path(std::uint64_t index, std::uint64_t size,
                                    std::span<const Hash32> path) {
  if (index >= size) return std::nullopt;
  Walk walk{index, size - 1};
  PathSides sides;
  for (const Hash32& sibling : path) {
    if (walk.at_root()) return std::nullopt;
    (walk.next_is_left() ? sides.left : sides.right).push_back(sibling);
    walk.up();
  }
  if (!walk.at_root()) return std::nullopt;
  return sides;
}

std::optional<Hash32> root_beyond(const CompactRange& edge, std::span<const Hash32> right,
                                  std::uint64_t size) {
  if (edge.begin() != 0 || edge.end() == 0 || edge.end() > size) return std::nullopt;
  auto left = edge.subtrees().rbegin();
  Hash32 hash = left->hash;
  Walk walk{(edge.end() - 1) >> left->level, (size - 1) >> left->level};
  ++left;
  while (!walk.at_root()) {
    if (walk.next_is_left()) {
      if (left == edge.subtrees().rend()) return std::nullopt;
      hash = node_hash(left->hash, hash);
      ++left;
    } else {
      if (right.empty()) return std::nullopt;
      hash = node_hash(hash, right.front());
      right = right.subspan(1);
    }
    walk.up();
  }
  if (!right.empty() || left != edge.subtrees().rend()) return std::nullopt;
  return hash;
}

}  // namespace assent
