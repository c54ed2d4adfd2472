#include <iostream>

#include "api/cmd_audit.h"
#include "api/progress_bar.h"
#include "audit/log_rehash.h"

namespace assent {
namespace {

void tell(const Rehash& done) {
  for (const RehashedLog& log : done.sound) {
    std::cout << tr("log {1}: entries {2} to {3} hash to the signed root, and the published files "
                    "hold the same",
                    log.log.text(), log.first, log.end - 1)
              << '\n';
  }
  for (const LogProblem& problem : done.problems) {
    std::cout << tr("log {1}", problem.log.text()) << ": " << tr(problem.error.reason);
    if (problem.entry) std::cout << ", " << tr("entry {1}", *problem.entry);
    std::cout << '\n';
  }
}

int run_check(const CommandLine& line) {
  return with_caller(line, "audit.check", [&](Services& services, const Caller&) {
    ProgressBar bar;
    const auto done =
        rehash_logs(services.sequencing,
                    {installation_origin(services.config.log_host), services.config.published},
                    [&](TenantId log, std::uint64_t entries, std::uint64_t all) {
                      bar.show(entries, all, tr("log {1}", log.text()));
                      return true;
                    });
    if (!done.ok()) return say(done.error());
    if (done->sound.empty() && done->problems.empty()) return say("nothing has been published yet");
    tell(*done);
    return done->problems.empty() ? kDone : kFailed;
  });
}

}  // namespace

void add_audit_check_command(Command& audit, CommandLine& line) {
  audit
      .add_subcommand("check",
                      tr("Hash every log again as a whole, its published files with it; the server "
                         "does so daily"))
      ->callback([&line] { line.exit_code = run_check(line); });
}

}  // namespace assent
