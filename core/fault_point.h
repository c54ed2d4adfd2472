#pragma once

#include <functional>

#include "core/static_text.h"

namespace assent {

// Called at each named point of a job; a test throws there to play a crash.
using FaultPoint = std::function<void(StaticText)>;

}  // namespace assent
