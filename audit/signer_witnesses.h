#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "audit/cosigner.h"
#include "audit/witness_panel.h"
#include "core/id.h"
#include "core/log.h"
#include "core/metrics_file.h"

namespace assent {

// What the signer's witnesses have to do with publishing: a checkpoint leaves only with the quorum
// of their policy (at once, with what came, where the policy says "quorum none"). Asks beside the
// caller, for kLogsAtOnce logs at a time, the others in turn. Logs
// "witness.quorum_missing" and "witness.failed" when they begin, "witness.quorum_reached" when the
// first ends, and keeps its section of the metrics. Not thread-safe.
class SignerWitnesses final : public Cosigner {
 public:
  // `log` and `metrics` outlive it.
  SignerWitnesses(std::unique_ptr<WitnessPanel> panel, Log& log, MetricsFile& metrics);

  static constexpr std::size_t kLogsAtOnce = 16;

  Cosigning cosign(TenantId tenant, const std::string& signed_checkpoint,
                   const ProofFrom& proof) override;
  void wait(std::chrono::milliseconds patience) override;
  void drain() override;

 private:
  struct Facts {
    std::uint64_t signed_size = 0;
    std::uint64_t published_size = 0;
    bool is_missing = false;
  };
  std::size_t being_asked() const;
  Cosigning settle(TenantId tenant, const Checkpoint& head, WitnessRound round);
  void report_quorum(TenantId tenant, Facts& facts, bool reached);
  void report_failures(TenantId tenant, const WitnessRound& round);
  void write_metrics();

  const std::unique_ptr<WitnessPanel> panel_;
  Log& log_;
  MetricsFile& metrics_;
  std::map<TenantId, std::future<WitnessRound>> asking_;  // What the panel does meanwhile.
  std::map<std::string, Facts> facts_;                    // By origin.
  std::map<std::string, std::set<TenantId>> failing_;     // By the witness's name.
};

}  // namespace assent
