#include <iostream>

#include "api/command.h"
#include "api/sample.h"

namespace assent {
namespace {

struct SampleArguments {
  std::filesystem::path directory;
  SampleOptions options;
  std::string as_of;
};

int run_sample(SampleArguments arguments) {
  if (!arguments.as_of.empty()) {
    const auto day = parse_date(arguments.as_of);
    if (!day) return say("--as-of is a day such as 2026-11-21");
    arguments.options.as_of = *day;
  }
  auto story = write_sample(arguments.directory, arguments.options);
  if (!story.ok()) return say(story.error());
  std::cout << tr("wrote {1} invented people to {2}: contacts, consents and orders; story.json has "
                  "what must come out",
                  arguments.options.people, arguments.directory.string())
            << '\n';
  return kDone;
}

}  // namespace

void add_sample_command(Command& app, CommandLine& line) {
  auto arguments = std::make_shared<SampleArguments>();
  Command* sample = app.add_subcommand(
      "sample", tr("Write an invented retail population: the same options give the same bytes"));
  sample->add_option("DIRECTORY", arguments->directory, tr("Where to write it"))->required();
  sample->add_option("--people", arguments->options.people, tr("How many"))->capture_default_str();
  sample->add_option("--seed", arguments->options.seed, tr("Another population"))
      ->capture_default_str();
  sample->add_option("--as-of", arguments->as_of, tr("Its today [2026-11-21]"));
  sample->callback([arguments, &line] { line.exit_code = run_sample(*arguments); });
}

}  // namespace assent
