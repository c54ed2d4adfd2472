#pragma once

#include <cstdint>

#include "core/result.h"

namespace assent {

// The row lives, but something in it was not taken as it stands. Columns count from 1.
struct RowWarning {
  StaticText reason;
  std::uint32_t column = 0;
};

}  // namespace assent
