#include <fstream>
#include <iostream>

#include "api/command.h"
#include "consent/policy_cases.h"

namespace assent {
namespace {

// Policies are public text: checking them needs no token, no key and no database.
std::optional<PolicySet> load_policies(const std::filesystem::path& policies) {
  auto loaded = PolicySet::load(policies / "jurisdictions");
  for (const PolicyFault& fault : loaded.faults) std::cerr << describe(fault) << '\n';
  if (!loaded.ok()) {
    say("the policies do not load; the ones above are all that is wrong with them");
    return std::nullopt;
  }
  return loaded.set;
}

int run_check(const std::filesystem::path& directory) {
  const auto policies = load_policies(directory);
  if (!policies) return kFailed;
  for (const PolicyRef& policy : policies->policies()) {
    std::cout << policy.id << "  " << policy.version << "  " << to_hex(policy.sha256) << '\n';
  }
  std::cout << tr("policy set {1}", to_hex(policies->hash())) << '\n';
  return kDone;
}

int run_test(const std::filesystem::path& directory, const std::filesystem::path& file) {
  const auto policies = load_policies(directory);
  if (!policies) return kFailed;
  std::ifstream cases(file);
  if (!cases) return say("the file of cases cannot be read");
  auto report = run_gate_cases(*policies, cases, std::cout);
  if (!report.ok()) return say(report.error());
  return report->all_passed() ? kDone : kFailed;
}

// Where policies lie: as the configuration says, else beside the working directory.
std::filesystem::path policies_of(const CommandLine& line, const std::filesystem::path& named) {
  if (!named.empty()) return named;
  const auto loaded = load_config(line.config_file);
  return loaded.config ? loaded.config->policies : std::filesystem::path("policies");
}

}  // namespace

void add_policy_command(Command& app, CommandLine& line) {
  Command* policy = app.add_subcommand("policy", tr("The law as data"));
  policy->require_subcommand(1);
  auto directory = std::make_shared<std::filesystem::path>();
  auto file = std::make_shared<std::filesystem::path>();
  policy->add_option("--policies", *directory, tr("Directory of the policies [that of --config]"));
  policy->add_subcommand("check", tr("Load every policy file, or say all that is wrong with them"))
      ->callback([=, &line] { line.exit_code = run_check(policies_of(line, *directory)); });
  Command* test = policy->add_subcommand(
      "test", tr("Run a table of cases through the engine that serves decisions"));
  test->add_option("FILE", *file, tr("JSON, as tests/golden/policy/gate_cases.json"))->required();
  test->callback([=, &line] { line.exit_code = run_test(policies_of(line, *directory), *file); });
}

}  // namespace assent
