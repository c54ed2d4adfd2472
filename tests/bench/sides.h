#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

namespace assent {

inline double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The rates of each round, and the median of their ratios: what disturbs a round disturbs both
// sides.
struct Sides {
  std::vector<double> ours;
  std::vector<double> theirs;

  void add(double one, double other) {
    ours.push_back(one);
    theirs.push_back(other);
  }
  double ratio() const {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
    return median(ratios);
  }
  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }
};

}  // namespace assent
