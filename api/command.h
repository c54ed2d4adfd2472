#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "api/services.h"
#include "core/program.h"
#include "core/text.h"

namespace assent {

// What every subcommand shares. Exit codes: 0 done, 1 failed, 2 usage.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;

struct CommandLine {
  std::filesystem::path config_file;
  std::filesystem::path token_file;
  std::optional<std::string> on_behalf_of;     // As said; the door judges it.
  std::filesystem::path receipt_file;          // --receipt of the acts that have it; else empty.
  std::filesystem::path closing_receipt_file;  // The same, of what ends later.
  int exit_code = kDone;                       // Set by the subcommand that ran.
};

// Loads the configuration and opens the services, or says on stderr why not and what to do.
std::optional<Config> load_configuration(const CommandLine& line);
std::unique_ptr<Services> open_services(const CommandLine& line,
                                        Services::Check check = Services::Check::kAll);

// Says an error on stderr, with position and field; answers kFailed.
int say(const Error& error);
int say_text(const std::string& what);  // In the terminal's language already.
template <class... Values>
int say(StaticText what, const Values&... values) {
  return say_text(tr(what, values...));
}

// Opens the services, admits the token of --token-file for `action` and runs `work`. The same door
// as over HTTP. What the work wrote to the log is numbered before it returns, and signed unless
// the signer is down: then a line on stderr says so.
using Work = std::function<int(Services&, const Caller&)>;
int with_caller(const CommandLine& line, StaticText action, const Work& work,
                Services::Check check = Services::Check::kAll);

// Numbers the tenant's log and waits a moment for the signer. False: a checkpoint is still to come.
Result<bool> settle_log(Services& services, TenantId tenant);
// What every command ends with: `exit_code`, once the log is settled; says what is not.
int conclude(Services& services, TenantId tenant, int exit_code);

// Gives the command of a critical act its --receipt FILE.
void add_receipt_option(Command& command, CommandLine& line);
// Writes the receipt of the committed act into `file` (--receipt), unless that is empty. The act
// stands when its checkpoint does not come in time: then no file is left, and stderr says where the
// receipt is fetched later. kFailed: the file cannot be written.
int keep_receipt(const std::filesystem::path& file, Services& services, TenantId tenant,
                 EventId event);
inline int keep_receipt(const CommandLine& line, Services& services, TenantId tenant,
                        EventId event) {
  return keep_receipt(line.receipt_file, services, tenant, event);
}

// One line from the terminal (after `prompt`) or from standard input: personal data never stands in
// an argument, where every user of the machine can read it.
Plaintext read_line(const std::string& prompt);

// Each adds its subcommands to the program (one file each).
void add_keys_command(Command& app, CommandLine& line);
void add_migrate_command(Command& app, CommandLine& line);
void add_admin_command(Command& app, CommandLine& line);
void add_token_command(Command& app, CommandLine& line);
void add_policy_command(Command& app, CommandLine& line);
void add_import_command(Command& app, CommandLine& line);
void add_consent_command(Command& app, CommandLine& line);
void add_recipient_command(Command& app, CommandLine& line);
void add_release_command(Command& app, CommandLine& line);
void add_identity_command(Command& app, CommandLine& line);
void add_profile_command(Command& app, CommandLine& line);
void add_rights_command(Command& app, CommandLine& line);
void add_audit_command(Command& app, CommandLine& line);
void add_sample_command(Command& app, CommandLine& line);
void add_backup_command(Command& app, CommandLine& line);
void add_restore_command(Command& app, CommandLine& line);
void add_serve_command(Command& app, CommandLine& line);
void add_bench_command(Command& app, CommandLine& line);
void add_maintain_command(Command& app, CommandLine& line);
void add_debug_command(Command& app, CommandLine& line);

}  // namespace assent
