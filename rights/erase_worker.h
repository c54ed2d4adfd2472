#pragma once

#include <optional>
#include <vector>

#include "core/fault_point.h"
#include "rights/rights_services.h"

namespace assent {

struct DestroyedKeys;
struct SafeFindings;

struct EraseRound {
  std::size_t erased = 0;            // Keys and rows are gone.
  std::size_t completed = 0;         // The certificate stands.
  std::size_t waiting_for_keys = 0;  // To be destroyed: assent-key-destroyer must run.
  std::size_t waiting = 0;           // For the log's checkpoint: sequencer and signer must run.
  std::optional<Error> failed;       // The first that could not go on; the others were tried.
};

// Finishes what EraseService began, once assent-key-destroyer has been through with the keys: rows,
// then the certificate; each step one commit that a repetition finds done. All its state is in the
// clusters, so it may die at any point, and several may run: a step is done once, with one leaf.
// decisions.md 2, data-protection.md 6.1.
class EraseWorker {
 public:
  static constexpr StaticText kFaultPoints[] = {"erase.keys_gone", "erase.inside_rows",
                                                "erase.after_rows", "erase.inside_certificate",
                                                "erase.after_certificate"};
  static constexpr std::size_t kRequestsMax = 100;  // A round of one tenant.

  explicit EraseWorker(
      const RightsServices& services, FaultPoint at = [](StaticText) {})
      : services_(services), at_(std::move(at)) {}

  // One round over a tenant's open requests, or over everybody's. Call it again while anything
  // waits. kUnavailable  the queue cannot be read.
  Result<EraseRound> run_once(TenantId tenant) const;
  Result<EraseRound> run_once() const;

 private:
  struct Job;
  Result<std::vector<Job>> open_jobs(TenantId tenant) const;
  // False: keys are still to be destroyed.
  Result<bool> erase(const Job& job) const;
  Status erase_rows(const Job& job, std::vector<DestroyedKeys> keys) const;
  Status erase_rows(Tx& tx, const Job& job, SafeFindings found, const SecretKey& key) const;
  // False: the log has no checkpoint over it yet.
  Result<bool> certify(const Job& job) const;
  Result<bool> certify(Tx& tx, const Job& job, const SecretKey& key) const;
  Result<SecretKey> certificate_key(const Job& job) const;

  RightsServices services_;
  FaultPoint at_;
};

}  // namespace assent
