#include <iostream>
#include <thread>

#include "api/backup.h"
#include "api/cmd_audit.h"
#include "api/cmd_keys.h"
#include "api/command.h"
#include "api/data_restore.h"
#include "api/installation.h"
#include "api/progress_bar.h"
#include "audit/log_store.h"
#include "audit/signer_state.h"
#include "core/migrator.h"
#include "core/secret_file.h"

// assent restore and assent keys restore: on the installation's own terminal, server stopped.
namespace assent {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr int kSignerLooks = 100;
constexpr std::chrono::milliseconds kSignerPause{100};

struct RestoreOptions {
  std::filesystem::path backup;
  std::filesystem::path identity;
  std::filesystem::path extract;
  bool untold = false;
  bool check = false;
};

// Of the file; what is in it is a little less than its size.
BackupProgress megabytes(ProgressBar& bar, const std::filesystem::path& file) {
  std::error_code ignored;
  const std::uint64_t all = std::filesystem::file_size(file, ignored);
  return
      [&bar, all](std::uint64_t bytes) { bar.show(bytes, all, tr("{1} MB", bytes / kMegabyte)); };
}

// What may be loaded: whole, ours, of this kind, and told by the log.
Status judge(const Config& config, BackupOf of, const CheckedBackup& backup, bool untold) {
  if (backup.manifest.of != of) {
    return Error{ErrorCode::kInvalid,
                 of == BackupOf::kData
                     ? StaticText("this is a backup of the safe: 'assent keys restore' takes it")
                     : StaticText("this is a backup of the data: 'assent restore' takes it")};
  }
  if (backup.manifest.log_host != config.log_host) {
    return Error{ErrorCode::kInvalid, "this is the backup of another installation"};
  }
  if (untold) return Unit{};
  const auto told = is_told_by_log(config.published, backup.hash);
  if (!told.ok()) return told.error();
  if (*told) return Unit{};
  return Error{ErrorCode::kDenied,
               "the published log does not tell of this file: somebody else may have made it. If "
               "the log is lost too, bring 'published' back first (--extract); or take it all the "
               "same with --untold"};
}

// Fills the cluster from the file. kDone: it is filled.
int load(const Config& config, BackupOf of, const RestoreOptions& options) {
  if (options.identity.empty()) return say("name the backup key with --identity FILE");
  const auto identity = read_secret_file(options.identity);
  if (!identity.ok()) return say(identity.error());
  if (!options.extract.empty()) {
    const auto files = extract_files(options.backup, *identity, options.extract);
    if (!files.ok()) return say(files.error());
    std::cout << tr_n("{1} file lies in {2}", "{1} files lie in {2}", *files, *files,
                      options.extract.string())
              << '\n';
    return kDone;
  }
  const auto checked = [&] {
    ProgressBar bar;
    return check_backup(options.backup, *identity, megabytes(bar, options.backup));
  }();
  if (!checked.ok()) return say(checked.error());
  std::cout << tr("a whole backup, taken at {1}", to_rfc3339(checked->manifest.taken_at)) << '\n';
  if (auto good = judge(config, of, *checked, options.untold); !good.ok()) return say(good.error());
  if (of == BackupOf::kSafe) {
    auto opens = opens_with_todays_keyring(config, checked->manifest.epoch);
    if (!opens.ok()) return say(opens.error());
  }
  if (options.check) return kDone;
  ProgressBar bar;
  auto loaded = load_backup(config, of, options.backup, *identity, megabytes(bar, options.backup));
  return loaded.ok() ? kDone : say(loaded.error());
}

// Whether of every log that the database has fallen behind the signer has told what it signed last.
Result<bool> has_signer_told(const Config& config) {
  const SystemClock clock;
  Database owner(as_role(config.data, "assent_owner", 1), clock);
  for (const TenantId log : published_logs(config.published)) {
    const auto published = read_published(config.published, log);
    if (!published.ok()) return published.error();
    if (!*published || (*published)->last_signed || !(*published)->checkpoint) continue;
    const auto size = in_tx(
        owner, log, [&](Tx& tx) -> Result<std::uint64_t> { return LogStore(tx, log).head().size; });
    if (!size.ok()) return size.error();
    if (*size < (*published)->checkpoint->size) return false;
  }
  return true;
}

// It looks at the logs several times a second; without it the recovery says so itself.
Status wait_for_signer(const Config& config) {
  for (int look = 0; look < kSignerLooks; ++look) {
    const auto told = has_signer_told(config);
    if (!told.ok()) return told.error();
    if (*told) return Unit{};
    std::this_thread::sleep_for(kSignerPause);
  }
  return Unit{};
}

int migrations_fit(const Config& config) {
  const SystemClock clock;
  Database owner(as_role(config.data, "assent_owner", 1), clock);
  const auto fits = check_migrated(owner, config.migrations / "data");
  if (fits.ok()) return kDone;
  say(fits.error());
  return say("run 'assent migrate', then 'assent restore' without a file goes on");
}

void print_plan(const Tenant& tenant, const RestorePlan& plan) {
  std::cout << tr("{1}: denials to be said again {2}, people and rows to be erased again {3}, "
                  "destructions of keys in the log since {4}, each shown by the safe",
                  tenant.name, plan.denials, plan.units_erased(), plan.destructions)
            << '\n';
  if (!plan.is_compared) {
    std::cout << "  "
              << tr("the log was forked: whether the safe shows every destruction cannot be told")
              << '\n';
  }
  for (const RequestId& request : plan.untold) {
    std::cout << "  "
              << tr("request {1} was received and nobody knows of whom: take it in again",
                    request.text())
              << '\n';
  }
}

int run_restore(const CommandLine& line, const RestoreOptions& options) {
  const auto config = load_configuration(line);
  if (!config) return kFailed;
  if (!options.backup.empty()) {
    const int loaded = load(*config, BackupOf::kData, options);
    if (loaded != kDone || options.check || !options.extract.empty()) return loaded;
    std::cout << tr("the data is loaded") << '\n';
  }
  if (const int fits = migrations_fit(*config); fits != kDone) return fits;
  if (auto looked = wait_for_signer(*config); !looked.ok()) return say(looked.error());
  if (const int logs = options.check ? kDone : recover_all_logs(*config); logs != kDone) {
    std::cerr << tr("'assent restore' without a file goes on from here") << '\n';
    return logs;
  }
  auto services = open_services(line, Services::Check::kAllButRows);
  if (!services) return kFailed;
  const auto whole = is_whole(*services);
  if (!whole.ok()) return say(whole.error());
  if (*whole) {
    std::cout << tr("nothing is to be restored: the data is as new as the log and the safe")
              << '\n';
    return kDone;
  }
  const auto done = [&] {
    ProgressBar bar;
    return restore_rows(*services, options.check, print_plan,
                        [&](const std::string& what, std::uint64_t count, std::uint64_t all) {
                          bar.show(count, all, what);
                        });
  }();
  if (!done.ok()) return say(done.error());
  if (options.check) return kDone;
  std::cout << tr("restored: denials {1}, of them of lost records {2}; erased again {3}; permits "
                  "made again for {4} profiles",
                  done->denials, done->of_lost_records, done->erased, done->profiles)
            << '\n';
  if (done->certificates_waiting > 0) {
    std::cout << tr("certificates of these erasures still to come, when the server runs: {1}",
                    done->certificates_waiting)
              << '\n';
  }
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, done->leaf));
}

int run_keys_restore(const CommandLine& line, const RestoreOptions& options) {
  const auto config = load_configuration(line);
  if (!config) return kFailed;
  if (!options.backup.empty()) {
    const int loaded = load(*config, BackupOf::kSafe, options);
    if (loaded != kDone || options.check) return loaded;
    std::cout << tr("the safe is loaded") << '\n';
  }
  auto services = open_services(line, Services::Check::kAllButRows);
  if (!services) return kFailed;
  const auto done = restore_safe(*services);
  if (!done.ok()) return say(done.error());
  std::cout
      << tr("keys that are to be destroyed again {1}, tokens revoked again {2}, records whose "
            "keys are lost {3}",
            done->keys, done->tokens, done->records_lost)
      << '\n';
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, done->leaf));
}

std::shared_ptr<RestoreOptions> add_options(Command& command) {
  auto options = std::make_shared<RestoreOptions>();
  CommandOption* backup = command.add_option(
      "BACKUP", options->backup,
      tr("The sealed file; without it the cluster was filled by other means, or goes on"));
  command.add_option("--identity", options->identity, tr("The backup key that opens it"))
      ->needs(backup);
  command
      .add_flag("--untold", options->untold,
                tr("Take it though the published log does not tell of it"))
      ->needs(backup);
  command.add_flag("--check", options->check, tr("Only say what would be done"));
  return options;
}

}  // namespace

void add_restore_command(Command& app, CommandLine& line) {
  Command* restore = app.add_subcommand(
      "restore",
      tr("Bring older data back under today's safe: load it, put the log back, erase and deny\n"
         "again what was erased and denied since (server stopped, assent-signer running)"));
  auto options = add_options(*restore);
  restore->add_option("--extract", options->extract,
                      tr("Only lay the files of the backup into this directory: policies,\n"
                         "configuration, published log, states"));
  add_receipt_option(*restore, line);
  restore->callback([options, &line] { line.exit_code = run_restore(line, *options); });
}

void add_keys_restore_command(Command& keys, CommandLine& line) {
  Command* restore = keys.add_subcommand(
      "restore",
      tr("Bring an older safe back under today's data; never from before the last burn"));
  auto options = add_options(*restore);
  add_receipt_option(*restore, line);
  restore->callback([options, &line] { line.exit_code = run_keys_restore(line, *options); });
}

}  // namespace assent
