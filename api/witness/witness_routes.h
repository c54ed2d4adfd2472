#pragma once

#include <string>

#include "api/router.h"
#include "witness.h"

namespace assent {

// The witness over HTTP; it outlives the router's handlers.
//   POST /add-checkpoint            c2sp.org/tlog-witness; a body of at most 64 KiB.
//   GET  /{origin hash}/checkpoint  the newest cosigned checkpoint; 404 before the first.
//   GET  /metrics                   metrics_text().
Router make_witness_routes(Witness& witness);

// The text format of Prometheus.
std::string metrics_text(const Witness& witness);

}  // namespace assent
