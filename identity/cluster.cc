#include "cluster.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace assent {
namespace {

using Group = std::vector<std::size_t>;

bool may_join(const Group& a, const Group& b, const Contradicts& contradicts) {
  return std::none_of(a.begin(), a.end(), [&](std::size_t x) {
    return std::any_of(b.begin(), b.end(), [&](std::size_t y) { return contradicts(x, y); });
  });
}

}  // namespace

std::vector<std::size_t> cluster(std::size_t records, std::vector<LinkEdge> edges,
                                 const Contradicts& contradicts) {
  std::sort(edges.begin(), edges.end(), [](const LinkEdge& x, const LinkEdge& y) {
    return std::tuple(-x.weight, x.a, x.b) < std::tuple(-y.weight, y.a, y.b);
  });
  std::vector<std::size_t> group_of(records);
  std::iota(group_of.begin(), group_of.end(), std::size_t{0});
  std::vector<Group> groups(records);
  for (std::size_t i = 0; i < records; ++i) groups[i] = {i};
  for (const LinkEdge& edge : edges) {
    const std::size_t into = std::min(group_of[edge.a], group_of[edge.b]);
    const std::size_t from = std::max(group_of[edge.a], group_of[edge.b]);
    if (into == from || !may_join(groups[into], groups[from], contradicts)) continue;
    for (const std::size_t record : groups[from]) group_of[record] = into;
    groups[into].insert(groups[into].end(), groups[from].begin(), groups[from].end());
    groups[from].clear();
  }
  return group_of;
}

}  // namespace assent
