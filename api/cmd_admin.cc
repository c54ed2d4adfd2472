#include <iostream>

#include "api/command.h"
#include "api/installation.h"
#include "core/migrator.h"

namespace assent {
namespace {

int migrate_cluster(const Config& config, DatabaseConfig cluster, const char* name) {
  const SystemClock clock;
  cluster.role = "assent_owner";
  cluster.sessions = 1;
  Database owner(cluster, clock);
  auto report = migrate(owner, config.migrations / name);
  if (!report.ok()) return say(report.error());
  for (const std::string& file : report->applied) std::cout << name << ": " << file << '\n';
  if (report->applied.empty()) std::cout << tr("{1}: nothing to do", name) << '\n';
  return kDone;
}

int run_migrate(const CommandLine& line) {
  const auto config = load_configuration(line);
  if (!config) return kFailed;
  const int data = migrate_cluster(*config, config->data, "data");
  return data == kDone ? migrate_cluster(*config, config->safe, "safe") : data;
}

// What a command that makes a tenant's token ends with.
int hand_over(const CommandLine& line, Services& services, const TokenStore::Created& created) {
  std::cerr << tr("The administrator's token of this tenant, shown this once; it ends on {1}:",
                  to_iso(utc_date(created.info.expires_at)))
            << '\n';
  std::cout << created.secret.reveal() << '\n';
  const TenantId tenant = created.info.tenant;
  return conclude(services, tenant, keep_receipt(line, services, tenant, created.leaf));
}

int run_create_tenant(const CommandLine& line, const NewTenant& tenant, bool first) {
  auto services = open_services(line);
  if (!services) return kFailed;
  auto empty = services->tokens.is_empty();
  if (!empty.ok()) return say(empty.error());
  if (first && !*empty) {
    return say(
        "this installation has tokens already; 'assent admin add-tenant' adds a tenant, "
        "'assent token create' a token");
  }
  auto created = create_tenant(*services, tenant);
  if (!created.ok()) return say(created.error());
  return hand_over(line, *services, *created);
}

void add_tenant_command(Command& admin, CommandLine& line, const char* name,
                        const std::string& help, bool first) {
  auto tenant = std::make_shared<NewTenant>();
  Command* command = admin.add_subcommand(name, help);
  command->add_option("--tenant", tenant->name, tr("The controller's short name, such as acme"))
      ->required();
  command->add_option("--operator", tenant->operator_country, tr("Its country, such as DE"))
      ->required();
  command->add_option("--targets", tenant->targets, tr("The markets it offers to, such as DE,RU"))
      ->required()
      ->delimiter(',');
  add_receipt_option(*command, line);
  command->callback(
      [tenant, first, &line] { line.exit_code = run_create_tenant(line, *tenant, first); });
}

int run_recover(const CommandLine& line, const std::string& tenant, bool end_tokens) {
  auto services = open_services(line, Services::Check::kAllButTokenKey);
  if (!services) return kFailed;
  auto created =
      recover_administrator(*services, tenant, end_tokens ? OldTokens::kEnd : OldTokens::kKeep);
  if (!created.ok()) return say(created.error());
  return hand_over(line, *services, *created);
}

void add_recover_command(Command& admin, CommandLine& line) {
  struct Options {
    std::string tenant;
    bool end_tokens = false;
  };
  auto options = std::make_shared<Options>();
  Command* command = admin.add_subcommand(
      "recover", tr("Print a new administrator's token where no valid one is left"));
  command->add_option("--tenant", options->tenant, tr("The tenant's short name"))->required();
  command->add_flag("--end-tokens", options->end_tokens, tr("End all tokens of the tenant first"));
  add_receipt_option(*command, line);
  command->callback([options, &line] {
    line.exit_code = run_recover(line, options->tenant, options->end_tokens);
  });
}

}  // namespace

void add_migrate_command(Command& app, CommandLine& line) {
  app.add_subcommand("migrate", tr("Bring both clusters to this program's schema (forward only)"))
      ->callback([&line] { line.exit_code = run_migrate(line); });
}

void add_admin_command(Command& app, CommandLine& line) {
  Command* admin = app.add_subcommand("admin", tr("Setting up, on the server's own terminal"));
  admin->require_subcommand(1);
  add_tenant_command(*admin, line, "init",
                     tr("Create the first tenant and print its administrator's token"), true);
  add_tenant_command(*admin, line, "add-tenant",
                     tr("Create one more tenant and print its administrator's token"), false);
  add_recover_command(*admin, line);
}

}  // namespace assent
