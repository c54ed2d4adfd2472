#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace assent {

// A reason to believe that two records, named by their place in a list, are one person.
struct LinkEdge {
  std::size_t a = 0;
  std::size_t b = 0;  // a < b
  int weight = 1;     // How many values the two share.
  friend bool operator==(const LinkEdge&, const LinkEdge&) = default;
};

// Whether two records cannot be one person, whatever links them. Symmetric.
using Contradicts = std::function<bool(std::size_t, std::size_t)>;

// Divides `records` records into people: edges in falling weight, then by a and b; two groups
// become one only when no record of the one contradicts a record of the other. Answers the group of
// each record, groups numbered by their first record.
//
// The order of the records is the only order there is: when the caller sorts them by their content,
// the answer depends on the content alone and not on the order in which records arrived. Pure.
std::vector<std::size_t> cluster(std::size_t records, std::vector<LinkEdge> edges,
                                 const Contradicts& contradicts);

}  // namespace assent
