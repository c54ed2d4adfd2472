#include <iostream>

#include "api/backup.h"
#include "api/cmd_keys.h"
#include "api/command.h"
#include "api/progress_bar.h"
#include "core/secret_file.h"

// assent backup, assent keys backup, assent keys new-backup-key.
namespace assent {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

int run_backup(const CommandLine& line, BackupOf of, const std::filesystem::path& file) {
  auto services = open_services(line);
  if (!services) return kFailed;
  Result<TakenBackup> taken(TakenBackup{});
  {
    ProgressBar bar;
    taken = take_backup(*services, of, file, [&](std::uint64_t bytes) {
      bar.show(bytes, 0, tr("{1} MB", bytes / kMegabyte));
    });
  }
  if (!taken.ok()) return say(taken.error());
  std::cout << tr("{1}: {2} bytes, sealed for the backup key", file.string(), taken->bytes) << '\n';
  if (of == BackupOf::kSafe) {
    std::cout
        << tr("It is worth nothing after the next burn of an epoch: take another each day, and "
              "destroy it then.")
        << '\n';
  }
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, taken->leaf));
}

std::string config_line(const BackupRecipient& recipient) {
  return "backup: {recipient: \"" + recipient.text() + "\"}";
}

int run_new_key(const std::filesystem::path& file) {
  SystemRandom random;
  const SecretKey identity = new_secret_key(random);
  if (auto written = write_secret_file(file, identity); !written.ok()) return say(written.error());
  std::cout << tr("{1} opens every backup that is sealed for it. Keep it off this machine, in two "
                  "places; into the configuration goes:",
                  file.string())
            << "\n\n"
            << config_line(BackupRecipient::of(identity)) << '\n';
  return kDone;
}

void add_output(Command& command, CommandLine& line, BackupOf of) {
  auto file = std::make_shared<std::filesystem::path>();
  command.add_option("--output", *file, tr("The file; never overwritten"))->required();
  add_receipt_option(command, line);
  command.callback([of, file, &line] { line.exit_code = run_backup(line, of, *file); });
}

}  // namespace

void add_backup_command(Command& app, CommandLine& line) {
  Command* backup = app.add_subcommand(
      "backup",
      tr("Copy the data cluster, policies, configuration and published log into one sealed file;\n"
         "no key is in it: 'assent keys backup' takes those, and 'assent restore' brings it back"));
  add_output(*backup, line, BackupOf::kData);
}

void add_keys_backup_commands(Command& keys, CommandLine& line) {
  Command* backup = keys.add_subcommand(
      "backup", tr("Copy the safe into one sealed file; it ends with the next burn"));
  add_output(*backup, line, BackupOf::kSafe);
  auto file = std::make_shared<std::filesystem::path>();
  Command* fresh = keys.add_subcommand(
      "new-backup-key", tr("Make the key that opens backups, and say what they are sealed with"));
  fresh->add_option("--out", *file, tr("Where the key goes; then take it off this machine"))
      ->required();
  fresh->callback([file, &line] { line.exit_code = run_new_key(*file); });
}

}  // namespace assent
