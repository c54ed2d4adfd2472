#include <exception>
#include <iostream>

#include "audit/log_loop.h"
#include "core/digest.h"
#include "core/environment.h"
#include "core/metrics_file.h"
#include "core/metrics_text.h"
#include "core/process.h"
#include "core/program.h"
#include "core/text.h"
#include "rights/key_destroyer.h"

namespace assent {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::size_t kNeverFull = std::size_t(-1);
constexpr std::chrono::milliseconds kEvery{250};

constexpr StaticText kAbout =
    "Destroys the keys of whom Assent is to forget; nobody else may delete one.\n\n"
    "It is a process of its own, best under a user of its own: it holds no key, sees of the data\n"
    "what is to be forgotten and nothing else, and leaves a tombstone for each unit.\n"
    "  assent-key-destroyer run    until stopped\n"
    "  assent-key-destroyer once   what is named by now";

struct DestroyerOptions {
  std::filesystem::path data_socket;
  int data_port = 5432;
  std::filesystem::path safe_socket;
  int safe_port = 5433;
  std::string database = "assent";
  std::filesystem::path metrics;
  std::string user;
};

int say(const Error& error) {
  std::cerr << "assent-key-destroyer: " << tr(error.reason) << '\n';
  return kFailed;
}

DatabaseConfig cluster(const DestroyerOptions& options, const std::filesystem::path& socket,
                       int port) {
  DatabaseConfig config;
  config.host = std::filesystem::absolute(socket).lexically_normal().string();
  config.port = port;
  config.database = options.database;
  config.role = "assent_key_destroyer";
  config.sessions = 1;
  return config;
}

// The clusters, and what is told of the rounds.
class Destruction {
 public:
  Destruction(const DestroyerOptions& options, const Clock& clock, Log& log)
      : log_(log),
        data_(cluster(options, options.data_socket, options.data_port), clock),
        safe_(cluster(options, options.safe_socket, options.safe_port), clock),
        metrics_(options.metrics, log) {}

  Result<LogRound> round() {
    auto done = destroyer_.run_once();
    tell(done);
    if (!done.ok()) return done.error();
    LogRound round{0, std::move(done->refused)};
    for (const auto& [tenant, units] : done->units) {
      log_.info("keys.destroyed", {{"tenant", tenant}, {"units", units}});
      round.done += units;
    }
    return round;
  }

 private:
  void tell(const Result<DestroyRound>& done) {
    std::string text;
    append_metric_type(text, "assent_key_destroyer_away", "gauge");
    append_sample(text, "assent_key_destroyer_away", "cluster", "data", done.ok() ? 0U : 1U);
    append_sample(text, "assent_key_destroyer_away", "cluster", "safe",
                  done.ok() && !done->refused.empty() ? 1U : 0U);
    if (done.ok()) {
      for (const auto& [tenant, units] : done->units) units_[tenant] += units;
    }
    append_metric_type(text, "assent_key_destroyer_units_total", "counter");
    for (const auto& [tenant, units] : units_) {
      append_sample(text, "assent_key_destroyer_units_total", "tenant", tenant.text(), units);
    }
    metrics_.put("destroyer", std::move(text));
  }

  Log& log_;
  Database data_;
  Database safe_;
  const KeyDestroyer destroyer_{data_, safe_};
  MetricsFile metrics_;
  std::map<TenantId, std::size_t> units_;  // Since the start.
};

int run_once(const DestroyerOptions& options) {
  const SystemClock clock;
  Log log(clock, std::cerr);
  const auto done = Destruction(options, clock, log).round();
  if (!done.ok()) return say(done.error());
  if (!done->refused.empty()) return say(done->refused.front().error);
  std::cout << tr_n("destroyed the keys of {1} unit", "destroyed the keys of {1} units", done->done,
                    done->done)
            << '\n';
  return kDone;
}

int run_until_stopped(const DestroyerOptions& options) {
  const StopSignals stop;
  const SystemClock clock;
  Log log(clock, std::cerr);
  Destruction work(options, clock, log);
  log.info("destroyer.started");
  {
    const LogLoop destroying(
        "destroyer.failed", [&] { return work.round(); }, kNeverFull, log, kEvery);
    stop.wait();
  }
  log.info("destroyer.stopped");
  return kDone;
}

void add_options(Program& app, DestroyerOptions& options) {
  app.set_config("--config", tr("File with these options, one a line: key=\"FILE\""));
  app.add_option("--data-socket", options.data_socket,
                 tr("Directory of the data cluster's Unix socket"))
      ->required();
  app.add_option("--data-port", options.data_port, tr("Its port"))->capture_default_str();
  app.add_option("--safe-socket", options.safe_socket, tr("Directory of the safe's Unix socket"))
      ->required();
  app.add_option("--safe-port", options.safe_port, tr("Its port"))->capture_default_str();
  app.add_option("--database", options.database, tr("Their database"))->capture_default_str();
  app.add_option("--metrics", options.metrics,
                 tr("File of metrics about what was destroyed, for a collector of such files"));
  app.add_option("--user", options.user, tr("Started by root: go on as this user"));
}

int run(int argc, char** argv) {
  DestroyerOptions options;
  Program app(tr(kAbout), "assent-key-destroyer");
  add_options(app, options);
  app.require_subcommand(1);
  app.add_subcommand("run", tr("Destroy what is named, every quarter of a second, until stopped"));
  app.add_subcommand("once", tr("Destroy what is named by now"));
  if (const auto over = app.parse(argc, argv, kUsage)) return *over;
  if (const auto refusal = environment_refusal()) {
    std::cerr << "assent-key-destroyer: " << *refusal << '\n';
    return kFailed;
  }
  if (!options.user.empty()) {
    if (auto became = become_user(options.user); !became.ok()) return say(became.error());
  }
  return app.got_subcommand("once") ? run_once(options) : run_until_stopped(options);
}

}  // namespace
}  // namespace assent

int main(int argc, char** argv) {
  using namespace assent;
  forbid_core_dumps();
  choose_language(argc, argv);
  survive_size_limits();
  try {
    crypto_ready();
    const int code = run(argc, argv);
    if (!std::cout.flush()) {
      return say({ErrorCode::kUnavailable, "the answer could not be written to the output"});
    }
    return code;
  } catch (const std::exception&) {
    // What an exception says may quote data: only that it happened is told.
    return say({ErrorCode::kUnavailable, "an unexpected failure; nothing more was done"});
  }
}
