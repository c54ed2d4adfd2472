#include <csignal>
#include <iostream>

#include "api/background.h"
#include "api/command.h"
#include "api/routes.h"
#include "api/server.h"
#include "audit/log_loop.h"
#include "core/process.h"

namespace assent {
namespace {

constexpr std::chrono::seconds kDrainGrace{10};

int run_serve(const CommandLine& line, bool check_only) {
  const StopSignals stop;
  std::signal(SIGPIPE, SIG_IGN);
  auto services = open_services(line);
  if (!services) return kFailed;
  const Router router = make_routes(*services);
  if (check_only) {
    std::cout << tr("ready to serve") << '\n';
    return kDone;
  }
  const LogLoop sequencing(
      "sequencer.failed", [&] { return services->sequencer.run_once(); }, Sequencer::kBatchMax,
      services->log);
  Background background(*services);
  const LogRehashing rehashing(*services);
  Server server(services->config.http, router, services->clock, services->random, services->log,
                services->traffic);
  if (auto started = server.start(); !started.ok()) return say(started.error());
  std::cerr << tr("serving on {1}{2}:{3}; stop with Ctrl-C",
                  services->config.http.tls ? "https://" : "http://", services->config.http.address,
                  server.port())
            << '\n';
  stop.wait();
  server.drain(kDrainGrace);
  return kDone;
}

}  // namespace

void add_serve_command(Command& app, CommandLine& line) {
  auto check = std::make_shared<bool>(false);
  Command* serve = app.add_subcommand("serve", tr("Serve the HTTP API until stopped"));
  serve->add_flag("--check", *check, tr("Check everything a start checks, then end"));
  serve->callback([check, &line] { line.exit_code = run_serve(line, *check); });
}

}  // namespace assent
