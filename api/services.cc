#include "api/services.h"

#include <iostream>

#include "api/words.h"
#include "audit/log_check.h"
#include "audit/log_store.h"
#include "audit/origin.h"
#include "audit/signer_state.h"
#include "core/digest.h"
#include "core/key_epochs.h"
#include "core/migrator.h"
#include "core/secret_file.h"
#include "core/text.h"
#include "identity/place.h"
#include "rights/restore.h"
#include "rights/safe_restore.h"

namespace assent {
namespace {

constexpr StaticText kSelectTenants = R"sql(
  SELECT tenant, name, operator_country::text, array_to_string(target_countries, ' '), log_origin
    FROM tenant ORDER BY created_at, tenant
)sql";

// Remarks of a policy about the names that the log had before: a policy lists a key once
// (c2sp.org/tlog-policy), so papers of those names have one of their own.
std::string earlier_origins(const std::filesystem::path& published, const std::string& origin) {
  std::string text;
  for (auto earlier = previous_origin(origin); earlier; earlier = previous_origin(*earlier)) {
    const auto keys = read_log_keys(published / *origin_directory(*earlier) / "keys");
    if (!keys.ok()) continue;
    for (const LogKey& key : *keys) {
      text += "# before a fork: log " +
              format_vkey(verifier_key(*earlier, kEd25519Type, key.public_key)) + "\n";
    }
  }
  return text;
}

std::string sentence(const Error& error) {
  std::string out = tr(error.reason);
  if (error.field) out += " (" + error.field->text();
  if (error.field && error.position) out += ", " + tr("line {1}", error.position->line);
  if (error.field) out += ")";
  return out;
}

Result<KeptKey> keep_secret_file(KeySlab& slab, const std::filesystem::path& file) {
  auto key = read_secret_file(file);
  if (!key.ok()) return key.error();
  return slab.keep(std::move(*key));
}

std::string key_remedy(const Config& config, const Error& error) {
  if (kind_of(config.custody.root) != RootKind::kFile) {
    return tr("see docs/operations.md, section custody of the keys");
  }
  if (error.code == ErrorCode::kNotFound) {
    return tr("a new installation makes them with 'assent keys init'; an old one restores them");
  }
  return tr(
      "put the right key files in place, owned by this user with mode 0400, in a directory "
      "that only this user may write to");
}

// It moves and counts all keys there are.
DatabaseConfig patient(DatabaseConfig config) {
  config.statement_timeout = std::chrono::minutes(30);
  return config;
}

// Below it two machines' clocks may differ.
constexpr std::int64_t kClockWarningUs = 5 * kSecondUs;
}  // namespace

struct Services::Opened {
  std::unique_ptr<KeySlab> key_slab;
  std::unique_ptr<LiveKeyring> keyring;
  KeptKey token_key;
  std::unique_ptr<const Catalogues> catalogues;
  Country database_country;
  SegmentCatalogue segments;
  RetentionPolicy retention;
  Roles roles;
};

Services::Services(Config from, Opened opened)
    : config(std::move(from)),
      clock(system_clock, steady_clock),
      log(clock, std::cerr),
      data(as_role(config.data, "assent_app", config.data.sessions), clock),
      safe(as_role(config.safe, "assent_app", config.safe.sessions), clock),
      sequencing(as_role(config.data, "assent_sequencer", 3), clock),
      erasing(as_role(config.data, "assent_eraser", 2), clock),
      rewrapping(patient(as_role(config.safe, "assent_rewrapper", 1)), clock),
      following(as_role(config.safe, "assent_follower", 1), clock),
      key_slab(std::move(opened.key_slab)),
      keyring(std::move(opened.keyring)),
      keys(safe, *keyring, random, config.suite),
      journal(random),
      sequencer(sequencing),
      authorizer(journal),
      vault(keys),
      ledger(journal),
      suppressions(journal),
      catalogues(std::move(opened.catalogues)),
      tools(data, keys, *catalogues, opened.database_country),
      release_room(std::move(opened.segments), data, catalogues->fields, catalogues->policies,
                   opened.database_country, keys, journal, random),
      retention(std::move(opened.retention)),
      pruner(data, erasing, journal, retention.log()),
      rights{data,
             erasing,
             safe,
             keys,
             journal,
             random,
             catalogues->fields,
             catalogues->names,
             catalogues->policies,
             opened.database_country,
             retention},
      roles(std::move(opened.roles)),
      tokens(safe, data, journal, std::move(opened.token_key), random),
      door(tokens, roles) {}

Services::~Services() = default;

std::unique_ptr<Services> Services::open(const Config& config, Check check, StartRefusal& refusal) {
  crypto_ready();
  auto slab = KeySlab::make();
  if (!slab.ok()) {
    refusal = {tr("the keys cannot be used: {1}", sentence(slab.error())),
               tr("raise the limit to 8 MiB: LimitMEMLOCK=8M in the unit of systemd, 'ulimit -l "
                  "8192' in a shell, --ulimit memlock=8388608 of a container")};
    return nullptr;
  }
  auto keyring = LiveKeyring::open(
      config.custody.keyring,
      [keys = slab->get(), custody = config.custody] { return open_keyring(*keys, custody); });
  auto token_key = keep_secret_file(**slab, config.token_key);
  if (!keyring.ok() || !token_key.ok()) {
    const Error& error = !keyring.ok() ? keyring.error() : token_key.error();
    refusal = {tr("the keys cannot be used: {1}", sentence(error)), key_remedy(config, error)};
    return nullptr;
  }
  auto roles = Roles::load(config.policies / "roles.yaml");
  if (!roles.ok()) {
    refusal = {tr("the roles cannot be loaded: {1}", sentence(roles.error())),
               tr("correct {1}", (config.policies / "roles.yaml").string())};
    return nullptr;
  }
  const auto country = Country::parse(config.database_country);
  if (!country || !is_assigned_country(config.database_country)) {
    refusal = {tr("database_country is no country"), tr("write two capital letters, such as DE")};
    return nullptr;
  }
  std::string faults;
  auto catalogues = Catalogues::load(config.policies, faults);
  if (!catalogues) {
    refusal = {tr("the policies do not load:") + "\n" + faults, tr("correct what is named above")};
    return nullptr;
  }
  auto segments = SegmentCatalogue::load(config.policies / "segments.yaml", catalogues->fields);
  if (!segments.ok()) {
    refusal = {tr("the segments cannot be loaded: {1}", sentence(segments.error())),
               tr("correct {1}", (config.policies / "segments.yaml").string())};
    return nullptr;
  }
  auto retention = RetentionPolicy::load(config.policies / "retention.yaml");
  if (!retention.ok()) {
    refusal = {tr("the retention policy cannot be loaded: {1}", sentence(retention.error())),
               tr("correct {1}", (config.policies / "retention.yaml").string())};
    return nullptr;
  }
  std::unique_ptr<Services> services(new Services(
      config, {std::move(*slab), std::move(*keyring), std::move(*token_key), std::move(catalogues),
               *country, std::move(*segments), std::move(*retention), std::move(*roles)}));
  if (check == Check::kKeysOnly) return services;
  for (auto& [database, folder] : {std::pair<Database&, const char*>(services->data, "data"),
                                   std::pair<Database&, const char*>(services->safe, "safe")}) {
    auto migrated = check_migrated(database, config.migrations / folder);
    if (!migrated.ok()) {
      refusal = {tr("the {1} cluster is not ready: {2}", folder, sentence(migrated.error())),
                 migrated.error().code == ErrorCode::kUnavailable
                     ? tr("start it (scripts/clusters start) and look at its log")
                     : tr("see docs/operations.md, section migrations")};
      return nullptr;
    }
  }
  if (!services->keyring_fits(refusal)) return nullptr;
  const bool is_first = check == Check::kAllButTokenKey;
  if (!is_first && !services->token_key_fits(refusal)) return nullptr;
  const bool sound = services->clock_follows_the_log(refusal) && services->log_verifies(refusal) &&
                     (check == Check::kAllButRows || services->rows_are_whole(refusal));
  return sound ? std::move(services) : nullptr;
}

// Data of a backup forgets whom it erased and what it was refused; a safe of a backup, which keys
// it destroyed.
bool Services::rows_are_whole(StartRefusal& refusal) {
  auto whole = is_data_whole(data, sequencing, following);
  const bool is_data = !whole.ok() || !*whole;
  auto all = tenants();
  if (whole.ok() && !all.ok()) whole = all.error();
  for (std::size_t i = 0; whole.ok() && *whole && i < all->size(); ++i) {
    whole = is_safe_whole(data, safe, (*all)[i].id);
  }
  if (whole.ok() && *whole) return true;
  if (!whole.ok()) {
    refusal = {tr("the journal of denials cannot be read: {1}", sentence(whole.error())),
               tr("start both clusters (scripts/clusters start) and look at their logs")};
  } else if (is_data) {
    refusal = {tr("the data is older than the safe: it has forgotten erasures and denials"),
               tr("'assent restore' brings them back; until then nobody is served")};
  } else {
    refusal = {tr("the safe is older than the data: it holds keys of who has been erased"),
               tr("bring today's safe back, or destroy them again: 'assent keys restore'")};
  }
  return false;
}

// Another process, or this machine before its time was set back, may have written a later time
// down: what a person says now must not come before what that person said then.
bool Services::clock_follows_the_log(StartRefusal& refusal) {
  const auto newest = newest_act(sequencing);
  if (!newest.ok()) {
    refusal = {tr("the log cannot be read: {1}", sentence(newest.error())),
               tr("start the data cluster (scripts/clusters start) and look at its log")};
    return false;
  }
  clock.not_before(*newest);
  if (const std::int64_t ahead = clock.ahead_us(); ahead > kClockWarningUs) {
    log.warning("clock.behind_the_log", {{"seconds", ahead / kSecondUs}});
  }
  return true;
}

// The epoch in use must be there. A keyring of before it is too old; one that has only newer ones
// met a safe of before their burn, in which nothing can be read.
bool Services::keyring_fits(StartRefusal& refusal) {
  const auto in_use = epoch_in_use(safe);
  if (!in_use.ok()) {
    refusal = {tr("the epochs of the keys cannot be read: {1}", sentence(in_use.error())),
               tr("start the safe cluster (scripts/clusters start) and look at its log")};
    return false;
  }
  const auto opened = keyring->now();
  if (opened->has_epoch(*in_use)) return true;
  const bool is_old = opened->current_epoch() < *in_use;
  refusal = {
      is_old ? tr("the keyring is older than the safe: epoch {1} is in use", *in_use)
             : tr("the safe is older than the last burn of an epoch: epoch {1} is gone", *in_use),
      is_old ? tr("bring today's keyring back ({1})", config.custody.keyring.string())
             : tr("bring today's safe back: the keys of this one can be opened by nobody")};
  return false;
}

bool Services::token_key_fits(StartRefusal& refusal) {
  const auto fits = tokens.check_key();
  if (fits.ok()) return true;
  refusal = {tr("the tokens cannot be checked: {1}", sentence(fits.error())),
             tr("put the token key of this installation back in place ({1}); if it is lost, "
                "'assent admin recover' ends all tokens and makes an administrator's",
                config.token_key.string())};
  return false;
}

bool Services::log_verifies(StartRefusal& refusal) {
  auto problems = check_logs(sequencing, {installation_origin(config.log_host), config.published});
  if (!problems.ok()) {
    refusal = {tr("the log cannot be checked: {1}", sentence(problems.error())),
               tr("put what assent-signer published of this installation in place")};
    return false;
  }
  if (problems->empty()) return true;
  const LogProblem& first = problems->front();
  refusal = {tr("the log does not verify: log {1}: {2}", first.log.text(), sentence(first.error)) +
                 (first.entry ? ", " + tr("entry {1}", *first.entry) : ""),
             tr("nothing may be written over it: keep both clusters as they are, export what there "
                "is (docs/operations.md, section log) and find out who changed it")};
  return false;
}

Status Services::number_log(TenantId id) {
  auto numbered = sequencer.drain();
  if (!numbered.ok()) return numbered.error();
  for (const LogProblem& problem : numbered->refused) {
    if (problem.log == id) return problem.error;
  }
  return Unit{};
}

Result<std::vector<Tenant>> Services::tenants() {
  return in_tx(data, TenantId{}, [](Tx& tx) -> Result<std::vector<Tenant>> {
    std::vector<Tenant> tenants;
    const Rows rows = tx.query(kSelectTenants);
    for (const auto& row : rows) {
      tenants.push_back(
          {row.id<TenantId>(0), row.text(1), row.text(2), words(row.text(3)), row.text(4)});
    }
    return tenants;
  });
}

Result<Tenant> Services::tenant(TenantId id) {
  auto all = tenants();
  if (!all.ok()) return all.error();
  for (Tenant& tenant : *all) {
    if (tenant.id == id) return std::move(tenant);
  }
  return Error{ErrorCode::kNotFound, "no such tenant"};
}

Result<std::string> Services::trust_policy(TenantId id) {
  auto of = tenant(id);
  if (!of.ok()) return of.error();
  auto release_key =
      in_tx(data, id, [&](Tx& tx) { return release_room.releases.verifier_key(tx); });
  if (!release_key.ok()) return release_key.error();
  const auto published = read_published(config.published, id);
  if (!published.ok()) return published.error();
  if (!*published) {
    return Error{ErrorCode::kNotFound, "nothing of the log is signed yet: does assent-signer run?"};
  }
  const auto origin = log_origin(*of);
  if (!origin.ok()) return origin.error();
  return log_policy_text(*origin, (*published)->keys, {&*release_key, 1}) +
         earlier_origins(published_log(config.published, id), *origin);
}

Result<std::string> Services::log_origin(const Tenant& tenant) {
  return in_tx(data, tenant.id, [&](Tx& tx) -> Result<std::string> {
    return LogStore(tx, tenant.id).head().origin.value_or(tenant.log_origin);
  });
}

}  // namespace assent
