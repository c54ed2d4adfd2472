#include <iostream>
#include <span>

#include "api/command.h"
#include "api/key_epochs.h"
#include "core/custody.h"
#include "identity/resealer.h"
#include "rights/erase_worker.h"
#include "rights/key_destroyer.h"
#include "rights/restore.h"
#include "rights/replaced_keys.h"
#include "rights/sweeper.h"

namespace assent {
namespace {

// Every point at which a job can be made to die; the fault loops of tests/rights go through all.
int list_fault_points() {
  std::size_t count = 0;
  for (const std::span<const StaticText> points :
       {std::span<const StaticText>(EraseWorker::kFaultPoints),
        std::span<const StaticText>(KeyDestroyer::kFaultPoints),
        std::span<const StaticText>(KeySweeper::kFaultPoints),
        std::span<const StaticText>(DataRestore::kFaultPoints),
        std::span<const StaticText>(Resealer::kFaultPoints),
        std::span<const StaticText>(ReplacedKeys::kFaultPoints),
        std::span<const StaticText>(kRotationFaultPoints),
        std::span<const StaticText>(Rewrapper::kFaultPoints),
        std::span<const StaticText>(kEpochFaultPoints)}) {
    for (const StaticText point : points) std::cout << point.view() << '\n';
    count += points.size();
  }
  std::cout << tr_n("{1} fault point", "{1} fault points", count, count) << '\n';
  return kDone;
}

}  // namespace

void add_debug_command(Command& app, CommandLine& line) {
  Command* debug = app.add_subcommand("debug", tr("What the tests of this program need to know"));
  debug->require_subcommand(1);
  debug->add_subcommand("faults", tr("List the fault points of the jobs, and their count"))
      ->callback([&line] { line.exit_code = list_fault_points(); });
}

}  // namespace assent
