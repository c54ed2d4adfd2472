#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iosfwd>

#include "core/db.h"
#include "core/random.h"

namespace assent {

struct AuditBench {
  std::size_t clients = 16;
  std::size_t rounds = 5;  // Each measures every side once, one after the other; medians count.
  std::chrono::milliseconds side{3'000};
  std::size_t leaves = 100'000;  // For the sequencer and the verifier.
};

// What the log costs (targets.md, "Audit"): acts without, with a leaf, and with a leaf and a
// detail, while sequencer and signer run; leaves sequenced; leaves verified offline. Prints both
// sides and their ratio. `app` needs a session for each client. Makes and drops the table
// bench_row; the leaves stay, under a tenant that exists nowhere else. `scratch` takes the signer's
// files. 0 done; 1 refused: the database is not marked (COMMENT ON DATABASE … IS 'bench') or
// failed.
int bench_audit(Database& owner, Database& app, Database& sequencer, Random& random,
                const std::filesystem::path& scratch, const AuditBench& bench, std::ostream& out);

}  // namespace assent
