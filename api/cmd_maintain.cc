#include <iostream>

#include "api/command.h"
#include "api/maintenance.h"

// assent maintain vacuum: for a timer, each night (docs/operations.md).
namespace assent {
namespace {

int run_vacuum(const CommandLine& line) {
  auto services = open_services(line);
  if (!services) return kFailed;
  const auto done = vacuum_clusters(*services);
  if (!done.ok()) return say(done.error());
  std::cout << tr_n("VACUUM went through {1} table of both clusters",
                    "VACUUM went through {1} tables of both clusters",
                    static_cast<std::uint64_t>(done->tables), done->tables)
            << '\n';
  if (done->rows_left > 0) {
    std::cout << tr_n("{1} deleted row is still seen by a transaction and waits for the next time",
                      "{1} deleted rows are still seen by a transaction and wait for the next time",
                      static_cast<std::uint64_t>(done->rows_left), done->rows_left)
              << '\n';
  }
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, done->leaf));
}

}  // namespace

void add_maintain_command(Command& app, CommandLine& line) {
  Command* maintain =
      app.add_subcommand("maintain", tr("Upkeep of both clusters, on the server's own terminal"));
  maintain->require_subcommand(1);
  Command* vacuum = maintain->add_subcommand(
      "vacuum", tr("Sweep what deleted rows left out of the files of every table; for each night"));
  add_receipt_option(*vacuum, line);
  vacuum->callback([&line] { line.exit_code = run_vacuum(line); });
}

}  // namespace assent
