#pragma once

#include <algorithm>
#include <bit>
#include <span>
#include <vector>

#include "audit/merkle.h"

// REFERENCE: RFC 6962 section 2.1, word for word and slow. Compared with the real thing.
namespace assent::reference {

inline std::size_t split_of(std::size_t n) {
  return std::bit_floor(n - 1);
}

// MTH(D[n])
inline Hash32 root(std::span<const Hash32> d) {
  if (d.empty()) return empty_root();
  if (d.size() == 1) return d[0];
  const std::size_t k = split_of(d.size());
  return node_hash(root(d.first(k)), root(d.subspan(k)));
}

// PATH(m, D[n])
inline HashPath inclusion(std::size_t m, std::span<const Hash32> d) {
  if (d.size() == 1) return {};
  const std::size_t k = split_of(d.size());
  HashPath path = m < k ? inclusion(m, d.first(k)) : inclusion(m - k, d.subspan(k));
  path.push_back(m < k ? root(d.subspan(k)) : root(d.first(k)));
  return path;
}

enum class Whole { kYes, kNo };  // The b of SUBPROOF.

// SUBPROOF(m, D[n], b)
inline HashPath subproof(std::size_t m, std::span<const Hash32> d, Whole b) {
  if (m == d.size()) return b == Whole::kYes ? HashPath{} : HashPath{root(d)};
  const std::size_t k = split_of(d.size());
  HashPath path = m <= k ? subproof(m, d.first(k), b) : subproof(m - k, d.subspan(k), Whole::kNo);
  path.push_back(m <= k ? root(d.subspan(k)) : root(d.first(k)));
  return path;
}

// PROOF(m, D[n])
inline HashPath consistency(std::size_t m, std::span<const Hash32> d) {
  return subproof(m, d, Whole::kYes);
}

}  // namespace assent::reference
