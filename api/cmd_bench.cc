#include <cstddef>
#include <iostream>

#include "api/command.h"
#include "api/installation.h"
#include "api/key_epochs.h"
#include "audit/key_rotation.h"
#include "audit/signer.h"
#include "tests/bench/bench_audit.h"
#include "tests/bench/bench_crypto.h"
#include "tests/bench/bench_database.h"
#include "tests/bench/bench_import.h"
#include "tests/bench/bench_rewrap.h"

namespace assent {
namespace {

constexpr std::chrono::milliseconds kNoTimeout{0};

DatabaseConfig as_owner(DatabaseConfig config) {
  config = as_role(std::move(config), "assent_owner", 1);
  config.statement_timeout = kNoTimeout;
  return config;
}

// The monthly round, again and again, over keys of nobody.
int run_rewrap(Services& services, const RewrapBench& bench) {
  Database owner(as_owner(services.config.safe), services.clock);
  const auto begin = [&]() -> Status {
    const auto begun = begin_epoch(services);
    return begun.ok() ? Status(Unit{}) : begun.error();
  };
  const auto rewrap = [&] { return rewrap_keys(services, [](std::uint64_t) {}); };
  const auto burn = [&]() -> Status {
    const auto burned = burn_epochs(services);
    return burned.ok() ? Status(Unit{}) : burned.error();
  };
  return bench_rewrap({owner, services.keys, {Uuid::v4(services.random)}, begin, rewrap, burn},
                      bench, std::cout);
}

int run_crypto(const CommandLine& line, const RewrapBench& bench) {
  auto services = open_services(line);
  if (!services) return kFailed;
  Database owner(as_owner(services->config.data), services->clock);
  const int read = bench_crypto(owner, {}, std::cout);
  return read == kDone ? run_rewrap(*services, bench) : read;
}

// The bench is the signer of its installation: beside what it publishes lies what it remembers.
std::filesystem::path bench_state(const Config& config) {
  return config.published.parent_path() / "bench-signer";
}

Result<SigningKey> bench_key(Database& signing, Random& random, const Config& config) {
  const std::filesystem::path file = bench_state(config) / "log.key";
  if (!std::filesystem::exists(file)) {
    if (auto made = create_log_key(signing, random, file); !made.ok()) return made.error();
  }
  return read_log_key(file);
}

int run_audit(const CommandLine& line, const AuditBench& bench) {
  auto services = open_services(line);
  if (!services) return kFailed;
  Database owner(as_owner(services->config.data), services->clock);
  DatabaseConfig clients = services->data.config();
  clients.sessions = bench.clients;
  Database app(clients, services->clock);
  DatabaseConfig as_signer = services->config.data;
  as_signer.role = "assent_signer";
  Database signing(as_signer, services->clock);
  auto key = bench_key(signing, services->random, services->config);
  if (!key.ok()) return say(key.error());
  const std::string origin = installation_origin(services->config.log_host);
  auto signer = Signer::open(signing, *key,
                             {origin, bench_state(services->config), services->config.published});
  if (!signer.ok()) return say(signer.error());
  return bench_audit({owner, app, services->sequencing, **signer, services->random},
                     {origin, key->public_key}, bench, std::cout);
}

// Rows come into a tenant of their own, so that every run starts from nothing.
Result<TenantId> fresh_tenant(Services& services) {
  const Uuid name = Uuid::v4(services.random);
  auto created = create_tenant(services, {"bench-" + name.text(), "RU", {"RU", "DE"}});
  if (!created.ok()) return created.error();
  auto all = services.tenants();
  if (!all.ok()) return all.error();
  return all->back().id;
}

int run_import(const CommandLine& line, std::size_t rows) {
  auto services = open_services(line);
  if (!services) return kFailed;
  Database owner(as_owner(services->config.data), services->clock);
  Database safe_owner(as_owner(services->config.safe), services->clock);
  for (Database* database : {&owner, &safe_owner}) {
    if (auto marked = require_bench_database(*database); !marked.ok()) return say(marked.error());
  }
  auto tenant = fresh_tenant(*services);
  if (!tenant.ok()) return say(tenant.error());
  auto tools = services->tools.of(*tenant);
  if (!tools.ok()) return say(tools.error());
  const Catalogues& catalogues = *services->catalogues;
  ImportBench bench{rows, find_mapping(catalogues.mappings, "contacts"), *tenant, {}};
  bench.act.actor_kind = ActorKind::kSystem;
  bench.act.purpose = PurposeCode::kIngestion;
  return bench_import(
      {services->data, services->keys, services->journal, services->random, catalogues.fields,
       catalogues.places, catalogues.blocked, catalogues.names, (*tools)->permits},
      owner, safe_owner, services->config.published.parent_path(), bench, std::cout);
}

}  // namespace

void add_bench_command(Command& app, CommandLine& line) {
  Command* bench = app.add_subcommand(
      "bench", tr("Measure, both sides in one run, in databases marked for it (scripts/bench)"));
  bench->require_subcommand(1);
  auto rewrap = std::make_shared<RewrapBench>();
  Command* crypto =
      bench->add_subcommand("crypto", tr("Sealed fields and rewrapped keys, beside pgcrypto"));
  crypto->add_option("--keys", rewrap->keys, tr("To rewrap"))->capture_default_str();
  crypto->callback([rewrap, &line] { line.exit_code = run_crypto(line, *rewrap); });
  auto options = std::make_shared<AuditBench>();
  Command* audit = bench->add_subcommand("audit", tr("What the log costs; sequencer and verifier"));
  audit->add_option("--leaves", options->leaves, tr("To sequence and verify"))
      ->capture_default_str();
  audit->callback([options, &line] { line.exit_code = run_audit(line, *options); });
  auto rows = std::make_shared<std::size_t>(20'000);
  Command* import =
      bench->add_subcommand("import", tr("Contacts, beside a bare COPY of their rows"));
  import->add_option("--rows", *rows, tr("Contacts to import"))->capture_default_str();
  import->callback([rows, &line] { line.exit_code = run_import(line, *rows);
});
}  // namespace assent

}  // namespace assent
