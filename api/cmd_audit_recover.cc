#include <algorithm>
#include <iostream>
#include <set>

#include "api/cmd_audit.h"
#include "api/progress_bar.h"
#include "audit/log_check.h"
#include "audit/log_recovery.h"
#include "audit/sequencer.h"
#include "core/digest.h"
#include "core/migrator.h"

// assent audit recover: on the server's own terminal, without a token and without Services, which
// do not open while a log does not verify.
namespace assent {
namespace {

constexpr std::string_view kAll = "all";
constexpr std::string_view kInstallation = "installation";

struct RecoverOptions {
  std::string log{kAll};
  bool check = false;
  bool fork = false;
  std::string confirmed;
};

struct NamedLog {
  TenantId id;
  std::string name;
};

// As long as a statement takes: there is nobody to wait for it.
DatabaseConfig patient(DatabaseConfig config, std::string role) {
  config = as_role(std::move(config), std::move(role), 1);
  config.statement_timeout = std::chrono::milliseconds(0);
  return config;
}

Act operator_act() {
  Act act;
  act.purpose = PurposeCode::kOperations;
  return act;
}

std::string entries(std::uint64_t count) {
  return tr_n("{1} entry", "{1} entries", count, count);
}

// Sessions of the server and its loops.
Result<std::int64_t> sessions_of_others(Database& owner) {
  return in_tx(owner, TenantId{}, [](Tx& tx) -> Result<std::int64_t> {
    return tx
        .query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
            "usename IN ('assent_app', 'assent_sequencer', 'assent_eraser')")[0]
        .integer(0);
  });
}

// One run of the command.
class Recovery {
 public:
  Recovery(const Config& config, const RecoverOptions& options)
      : config_(config),
        options_(options),
        clock_(system_, steady_),
        owner_(patient(config.data, "assent_owner"), clock_),
        sequencing_(patient(config.data, "assent_sequencer"), clock_),
        journal_(random_),
        recovery_(owner_, {installation_origin(config.log_host), config.published}) {}

  // Whether entries came back whose rows did not.
  bool has_lost_rows() const { return lost_rows_; }

  int run() {
    if (auto migrated = check_migrated(owner_, config_.migrations / "data"); !migrated.ok()) {
      return say(migrated.error());
    }
    if (!options_.check) {
      const auto others = sessions_of_others(owner_);
      if (!others.ok()) return say(others.error());
      if (*others != 0) {
        return say("the server or a command works on the database: stop it first ({1} sessions)",
                   *others);
      }
    }
    const auto logs = chosen_logs();
    if (!logs.ok()) return say(logs.error());
    if (logs->empty()) return say("no log of this name");
    for (const NamedLog& log : *logs) attend(log);
    return exit_code_;
  }

 private:
  Result<std::vector<NamedLog>> chosen_logs() {
    auto all = in_tx(owner_, TenantId{}, [&](Tx& tx) -> Result<std::vector<NamedLog>> {
      std::vector<NamedLog> logs{{TenantId{}, std::string(kInstallation)}};
      const Rows rows = tx.query("SELECT tenant, name FROM tenant ORDER BY name");
      for (const auto& row : rows) logs.push_back({row.id<TenantId>(0), row.text(1)});
      return logs;
    });
    if (!all.ok()) return all;
    std::set<TenantId> known;
    for (const NamedLog& log : *all) known.insert(log.id);
    for (const TenantId log : published_logs(config_.published)) {
      if (!known.contains(log)) all->push_back({log, log.text()});
    }
    if (options_.log == kAll) return all;
    std::erase_if(*all, [&](const NamedLog& log) {
      return log.name != options_.log && log.id.text() != options_.log;
    });
    return all;
  }

  void attend(const NamedLog& log) {
    auto survey = [&] {
      ProgressBar bar;
      return recovery_.survey(log.id, [&](std::uint64_t done, std::uint64_t all) {
        bar.show(done, all, log.name + ": " + entries(done));
      });
    }();
    if (!survey.ok()) return fail(survey.error());
    switch (survey->condition) {
      case LogCondition::kSound:
        std::cout << tr("{1}: nothing is missing", log.name) << '\n';
        break;
      case LogCondition::kBehind:
        return options_.fork ? refuse_fork(log) : replay(log, *survey);
      case LogCondition::kFilesBad:
      case LogCondition::kOtherHistory:
        return options_.fork ? fork(log, *survey) : refuse(log, *survey);
      case LogCondition::kRefused:
        return refuse(log, *survey);
    }
  }

  void replay(const NamedLog& log, const LogSurvey& survey) {
    std::cout << tr("{1}: the database has {2}, and {3} are signed", log.name,
                    entries(survey.head.size), survey.signed_size())
              << '\n';
    if (options_.check) {
      std::cout << "  " << tr("the missing ones are published and lead to the signed root") << '\n';
      return;
    }
    if (auto floor = newest_act(sequencing_); floor.ok()) clock_.not_before(*floor);
    clock_.not_before(survey.newest_act);
    ProgressBar bar;
    auto done = recovery_.replay(survey, journal_, operator_act(),
                                 [&](std::uint64_t put, std::uint64_t all) {
                                   bar.show(put, all, log.name + ": " + entries(put));
                                 });
    if (!done.ok()) return fail(done.error());
    number(log);
    if (survey.signed_size() <= survey.database_size()) {
      std::cout << "  " << tr("its newest checkpoint is back") << '\n';
      return;
    }
    std::cout << "  "
              << tr("entries {1} to {2} are back", survey.database_size(), survey.signed_size() - 1)
              << '\n';
    lost_rows_ = true;
  }

  void refuse(const NamedLog& log, const LogSurvey& survey) {
    std::cerr << log.name << ":\n";
    fail(*survey.why);
    if (survey.file) {
      const auto path = published_log(config_.published, log.id) / tile_file_path(*survey.file);
      std::cerr << "  " << tr("the file: {1}", path.string()) << '\n';
    }
    if (survey.entry) std::cerr << "  " << tr("entry {1}", *survey.entry) << '\n';
    if (survey.condition == LogCondition::kRefused) return;
    std::cerr << "  "
              << tr("if nothing better can be had: 'assent audit recover --fork --log {1}'",
                    log.name)
              << '\n';
  }

  void refuse_fork(const NamedLog& log) {
    std::cerr << log.name << ":\n";
    exit_code_ = say("its entries can be put back: repeat without --fork");
  }

  void fork(const NamedLog& log, const LogSurvey& survey) {
    const auto origin = LogRecovery::origin_after(survey);
    if (!origin) return fail({ErrorCode::kInvalid, "this log can have no other origin"});
    std::cout << tr("{1}: {2} of the database stay; {3} were signed, with root {4}", log.name,
                    entries(survey.head.size), survey.signed_size(), to_base64(survey.newest.root))
              << '\n'
              << "  "
              << tr("everybody who holds a checkpoint of more than {1} will see that it was forked",
                    survey.head.size)
              << '\n';
    if (options_.confirmed != *origin) {
      exit_code_ = say("nothing was done; to go on as {1}, repeat with --confirm {1}", *origin);
      return;
    }
    if (auto floor = newest_act(sequencing_); floor.ok()) clock_.not_before(*floor);
    auto done = recovery_.fork(survey, journal_, operator_act());
    if (!done.ok()) return fail(done.error());
    number(log);
    std::cout << "  "
              << tr("the log goes on as {1} once the signer's operator has run: assent-signer "
                    "accept-fork --log {2}",
                    *done, log.id == TenantId{} ? std::string(kInstallation) : log.id.text())
              << '\n';
  }

  // What waited in the log's outbox, and the entry about the recovery itself, get their numbers;
  // nothing of a log that is still behind may.
  void number(const NamedLog& log) {
    auto numbered = Sequencer(sequencing_).drain(log.id);
    if (!numbered.ok()) fail(numbered.error());
  }

  void fail(const Error& error) { exit_code_ = say(error); }

  const Config& config_;
  const RecoverOptions& options_;
  SystemClock system_;
  SteadyClock steady_;
  ForwardClock clock_;
  SystemRandom random_;
  Database owner_;
  Database sequencing_;
  Journal journal_;
  LogRecovery recovery_;
  int exit_code_ = kDone;
  bool lost_rows_ = false;
};

int run_recover(const CommandLine& line, const RecoverOptions& options) {
  const auto config = load_configuration(line);
  if (!config) return kFailed;
  if (options.fork && options.log == kAll) return say("a fork is of one log: name it with --log");
  crypto_ready();
  Recovery recovery(*config, options);
  const int exit_code = recovery.run();
  if (recovery.has_lost_rows()) {
    std::cout << tr("the log is whole as it stands; what the tables lost with these entries is "
                    "not back: 'assent audit dump-state' and 'assent-verify state' name every row")
              << '\n'
              << tr("nobody is served before 'assent restore' has erased and denied again what was "
                    "erased and denied since")
              << '\n';
  }
  return exit_code;
}

}  // namespace

int recover_all_logs(const Config& config) {
  return Recovery(config, RecoverOptions{}).run();
}

void add_audit_recover_command(Command& audit, CommandLine& line) {
  auto options = std::make_shared<RecoverOptions>();
  Command* recover = audit.add_subcommand(
      "recover", tr("Put back the entries that a restored database has lost (server stopped)"));
  recover->add_option("--log", options->log, tr("A tenant, 'installation', or all"))
      ->capture_default_str();
  CommandOption* check =
      recover->add_flag("--check", options->check, tr("Only say what would be done"));
  recover
      ->add_flag("--fork", options->fork,
                 tr("Where that is impossible: go on openly under a new origin"))
      ->excludes(check);
  recover->add_option("--confirm", options->confirmed, tr("The new origin, as --fork names it"));
  recover->callback([options, &line] { line.exit_code = run_recover(line, *options); });
}

}  // namespace assent
