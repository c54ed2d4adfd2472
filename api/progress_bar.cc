#include "api/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace assent {

void ProgressBar::show(std::uint64_t done, std::uint64_t all, const std::string& told) {
  const bool is_terminal = ::isatty(STDERR_FILENO) != 0;
  if (all == 0) {  // Nobody knows how much there is.
    if (is_terminal) std::fprintf(stderr, "\r%s", told.c_str());
    drawn_ = is_terminal;
    return;
  }
  const auto percent = static_cast<int>(std::min(done, all) * 100 / all);
  if (is_terminal) {
    const auto filled = static_cast<std::size_t>(percent) / 4;
    std::fprintf(stderr, "\r[%-25s] %3d%%  %s", std::string(filled, '#').c_str(), percent,
                 told.c_str());
    drawn_ = true;
  } else if (percent >= told_ + 25 && percent < 100) {
    std::fprintf(stderr, "%d%%, %s\n", percent, told.c_str());
    told_ = percent;
  }
}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputc('\n', stderr);
}

}  // namespace assent
