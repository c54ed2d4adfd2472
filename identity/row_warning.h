#pragma once

#include <cstdint>

#include "core/result.h"

namespace assent {

// The row lives, but something in it was not taken as it stands. Lines and columns count from 1.
struct RowWarning {
  StaticText reason;
  std::uint32_t column = 0;
  std::uint64_t line = 0;
};

}  // namespace assent
