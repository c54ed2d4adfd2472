#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <thread>

#include "api/background.h"
#include "api/command.h"
#include "api/routes.h"
#include "api/server.h"
#include "audit/sequencer_loop.h"
#include "core/process.h"

namespace assent {
namespace {

constexpr std::chrono::seconds kDrainGrace{10};

// A command may be signing right now: it has the signer for a moment only.
Result<std::unique_ptr<Signer>> wait_for_signer(Services& services) {
  for (int attempt = 1;; ++attempt) {
    auto signer = services.open_signer();
    if (signer.ok() || signer.error().code != ErrorCode::kBusy || attempt == 100) return signer;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

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
  auto signer = wait_for_signer(*services);
  if (!signer.ok()) return say(signer.error());
  SequencerLoop sequencing(services->sequencer, **signer, services->log);
  Background background(*services);
  Server server(services->config.http, router, services->clock, services->random, services->log);
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

void add_serve_command(CLI::App& app, CommandLine& line) {
  auto check = std::make_shared<bool>(false);
  CLI::App* serve = app.add_subcommand("serve", tr("Serve the HTTP API until stopped"));
  serve->add_flag("--check", *check, tr("Check everything a start checks, then end"));
  serve->callback([check, &line] { line.exit_code = run_serve(line, *check); });
}

}  // namespace assent
