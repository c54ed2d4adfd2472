#pragma once

#include "consent/reason.h"

namespace assent {

// A reason as a sentence for people, in English; translate() or tr() it. Where machines read, the
// name alone stands (consent/reason.h).
StaticText reason_sentence(Reason reason);

}  // namespace assent
