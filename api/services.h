#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/caller.h"
#include "api/catalogues.h"
#include "api/config.h"
#include "api/log_rehashing.h"
#include "api/lookup_limit.h"
#include "api/release_room.h"
#include "api/roles.h"
#include "api/tenant_tools.h"
#include "api/token.h"
#include "api/traffic.h"
#include "audit/journal.h"
#include "audit/log_pruner.h"
#include "audit/sequencer.h"
#include "consent/authorizer.h"
#include "consent/ledger.h"
#include "consent/suppression.h"
#include "consent/vault.h"
#include "core/key_store.h"
#include "core/log.h"
#include "rights/rights_services.h"

namespace assent {

// Why the program does not start, and what to do about it. Shown on the terminal.
struct StartRefusal {
  std::string what;
  std::string remedy;
};

// What there is of a tenant: its row and the keys that its tags are made with.
struct Tenant {
  TenantId id;
  std::string name;
  std::string operator_country;
  std::vector<std::string> targets;
  std::string log_origin;  // The first one.
};

// Builds and owns every service, in order; there are no globals anywhere else. Thread-safe once
// opened. Both the server and the commands run on it, so that they obey the same rules.
class Services {
 public:
  // How much is checked: an installation that is being set up has no migrations, keys or log yet.
  // Setting access right again must begin without the token key that is gone.
  enum class Check { kKeysOnly, kAllButTokenKey, kAll };
  // Refuses with a missing, wrong or world-readable key, an unfinished migration, policies that do
  // not load whole, or a log head that does not verify.
  static std::unique_ptr<Services> open(const Config& config, Check check, StartRefusal& refusal);
  ~Services();

  const Config config;
  const SystemClock system_clock;
  const SteadyClock steady_clock;
  ForwardClock clock;
  SystemRandom random;
  Log log;
  Database data;
  Database safe;
  Database sequencing;
  Database erasing;
  Database rewrapping;
  Database following;
  const std::unique_ptr<KeySlab> key_slab;
  const std::unique_ptr<LiveKeyring> keyring;
  KeyStore keys;
  Journal journal;
  Sequencer sequencer;
  Authorizer authorizer;
  Vault vault;
  Ledger ledger;
  Suppressions suppressions;
  const std::unique_ptr<const Catalogues> catalogues;
  TenantToolbox tools;
  ReleaseRoom release_room;
  const RetentionPolicy retention;
  LogPruner pruner;
  const RightsServices rights;
  Roles roles;
  TokenStore tokens;
  Door door;
  LookupLimit lookups;           // Of the server.
  Traffic traffic;               // Of the server, when one runs.
  RehashResults rehash_results;  // The same.

  // Every tenant of the installation, or the one.
  Result<std::vector<Tenant>> tenants();
  Result<Tenant> tenant(TenantId id);
  // What assent-verify must trust of a tenant: the log's keys, as the signer published them, and
  // the release key. kNotFound for an unknown tenant and while nothing has been signed;
  // kUnavailable when a cluster is away.
  Result<std::string> trust_policy(TenantId id);
  // What the log of a tenant is called now: by its row, or since a fork by the log itself.
  Result<std::string> log_origin(const Tenant& tenant);

  // Numbers all that waits in the logs: the sequencer's work, beside it if it runs. kCorrupt when
  // this tenant's log is refused.
  Status number_log(TenantId id);

 private:
  struct Opened;
  bool token_key_fits(StartRefusal& refusal);
  bool keyring_fits(StartRefusal& refusal);
  bool log_verifies(StartRefusal& refusal);
  bool clock_follows_the_log(StartRefusal& refusal);
  Services(Config from, Opened opened);
};

}  // namespace assent
