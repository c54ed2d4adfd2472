#include <iostream>

#include "api/command.h"
#include "core/digest.h"
#include "core/process.h"
#include "core/program.h"

namespace {

constexpr assent::StaticText kAbout =
    "Assent: a customer-data platform that can prove it had permission.\n\n"
    "A first day:\n"
    "  assent migrate && assent keys init\n"
    "  assent admin init --tenant acme --operator DE --targets DE,RU   prints the first token\n"
    "  assent import --source crm --mapping amocrm_contacts FILE       reads a CRM export\n"
    "  assent release create --segment sleeping ...                    releases whom you may "
    "write to\n"
    "  assent audit export > log.bundle && assent-verify bundle log.bundle --policy policy.txt\n"
    "Every command explains itself: assent COMMAND --help";

int run(int argc, char** argv) {
  using namespace assent;
  CommandLine line;
  line.config_file = default_config_file();
  line.token_file = "var/admin.token";
  Program app(tr(kAbout));
  app.add_option("--config", line.config_file, tr("The installation's configuration"))
      ->capture_default_str();
  app.add_option("--token-file", line.token_file,
                 tr("File that holds the token; what its role may do, the command may do"))
      ->capture_default_str();
  app.add_option(
      "--on-behalf-of", line.on_behalf_of,
      tr("For whom: a random UUID of the calling system; the token must be made for it"));
  app.require_subcommand(1);
  add_keys_command(app, line);
  add_migrate_command(app, line);
  add_admin_command(app, line);
  add_token_command(app, line);
  add_policy_command(app, line);
  add_import_command(app, line);
  add_consent_command(app, line);
  add_recipient_command(app, line);
  add_release_command(app, line);
  add_identity_command(app, line);
  add_profile_command(app, line);
  add_rights_command(app, line);
  add_audit_command(app, line);
  add_sample_command(app, line);
  add_serve_command(app, line);
  add_bench_command(app, line);
  add_maintain_command(app, line);
  add_debug_command(app, line);
  if (const auto over = app.parse(argc, argv, kUsage)) return *over;
  return line.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  assent::forbid_core_dumps();
  assent::choose_language(argc, argv);
  assent::survive_size_limits();
  try {
    assent::crypto_ready();
    const int code = run(argc, argv);
    // A token or a proof that reached nobody must not look like one that did.
    if (!std::cout.flush()) return assent::say("the answer could not be written to the output");
    return code;
  } catch (const std::exception&) {
    // What an exception says may quote data: only that it happened is told.
    return assent::say("an unexpected failure; nothing more was done");
  }
}
