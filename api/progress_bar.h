#pragma once

#include <cstdint>
#include <string>

namespace assent {

// How far a long command has come, on standard error: a bar on a terminal, a plain line now and
// then otherwise. Not thread-safe.
class ProgressBar {
 public:
  // `told` are the words beside the bar; they stand alone when `all` is 0, unknown.
  void show(std::uint64_t done, std::uint64_t all, const std::string& told);
  ~ProgressBar();

 private:
  bool drawn_ = false;
  int told_ = 0;
};

}  // namespace assent
