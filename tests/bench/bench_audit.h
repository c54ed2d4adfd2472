#pragma once

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <string>

#include "audit/signer.h"
#include "core/db.h"
#include "core/random.h"

namespace assent {

struct AuditBench {
  std::size_t clients = 16;
  std::size_t rounds = 5;  // Each measures every side once, one after the other; medians count.
  std::chrono::milliseconds side{3'000};
  std::size_t leaves = 100'000;  // For the sequencer and the verifier.
};

// Whom the run works as. `app` needs a session for each client.
struct AuditBenchRoles {
  Database& owner;
  Database& app;
  Database& sequencer;
  Signer& signer;
  Random& random;
};

// What the signer writes of a log whose tenant stands in no table.
struct LogIdentity {
  std::string origin;
  Hash32 public_key{};
};

// What the log costs (targets.md, "Audit"): acts without, with a leaf, and with a leaf and a
// detail, while sequencer and signer run; leaves sequenced; leaves verified offline. Prints both
// sides and their ratio. Makes and drops the table bench_row; the leaves stay, under tenants that
// exist nowhere else. 0 done; 1 refused (require_bench_database) or failed.
int bench_audit(const AuditBenchRoles& roles, const LogIdentity& log, const AuditBench& bench,
                std::ostream& out);

}  // namespace assent
