#pragma once

#include <memory>
#include <string>

#include "audit/exporter.h"
#include "audit/log_check.h"
#include "audit/log_store.h"
#include "audit/sequencer.h"
#include "audit/signer.h"
#include "audit/verifier.h"
#include "tests/support/world.h"

namespace assent {

// A world whose tenant's log runs: sequencer, signer, and a superuser who tampers with it.
class LogWorld : public World {
 public:
  LogWorld();

  // Commits `count` acts in one transaction.
  void act_times(int count);
  // Of our tenant's log only: other worlds of the program share the database.
  LogRound ours(const Result<LogRound>& round) const;
  LogRound sequence() { return ours(Sequencer(sequencer).drain()); }
  LogRound sign() { return ours(signer->run_once()); }
  void run_log();  // Sequences and signs; both must succeed.
  // As after a crash: a new signer on the old state.
  void restart_signer();

  SignerConfig signer_config() const;
  LogCheck check() const;
  // What check_logs() says of our log.
  std::optional<LogProblem> check_problem();

  LogHead head();
  std::string newest_checkpoint();
  std::string bundle(const ExportRequest& request = {});
  BundleReport verify(const std::string& bundle,
                      std::optional<std::string_view> since = std::nullopt) const;
  // The number of the entry that an auditor is told to be the first bad one.
  std::optional<std::uint64_t> first_bad_entry();

  // As the superuser, past all locks of ours; $1 is the tenant.
  void tamper(StaticText sql);
  std::int64_t count(StaticText sql);

  SigningKey key;
  Database superuser{TestClusters::instance().data("postgres"), clock};
  std::unique_ptr<Signer> signer;
};

}  // namespace assent
