#include <iostream>

#include "api/command.h"
#include "api/separation.h"

namespace assent {
namespace {

int run_unmerge(const CommandLine& line, const std::string& record) {
  return with_caller(line, "profile.unmerge", [&](Services& services, const Caller& caller) {
    const auto id = RecordId::parse(record);
    if (!id) return say("a record is named by its id, as 'assent rights find' shows it");
    const Act act = act_of(caller, PurposeCode::kIdentityResolution,
                           {Uuid::v7(services.clock, services.random)});
    auto outcome = separate(services, caller.tenant, act, *id);
    if (!outcome.ok()) return say(outcome.error());
    std::cout << tr_n(
                     "the record stands alone as profile {1}; {2} link retracted, and no later "
                     "link joins them",
                     "the record stands alone as profile {1}; {2} links retracted, and no later "
                     "link joins them",
                     static_cast<std::uint64_t>(outcome->links_retracted), outcome->profile.text(),
                     outcome->links_retracted)
              << '\n';
    return kDone;
  });
}

int run_explain(const CommandLine& line, const std::string& a, const std::string& b) {
  return with_caller(line, "profile.explain", [&](Services& services, const Caller& caller) {
    const auto one = RecordId::parse(a);
    const auto two = RecordId::parse(b);
    if (!one || !two) return say("records are named by their ids");
    Tx tx(services.data, caller.tenant);
    for (const LinkEvidence& evidence : explain(tx, *one, *two)) {
      std::cout << tr("same {1} since {2}", kind_name(evidence.kind), to_rfc3339(evidence.since))
                << (evidence.retracted_at ? tr(", retracted") : "") << '\n';
    }
    return kDone;
  });
}

}  // namespace

void add_identity_command(Command& app, CommandLine& line) {
  Command* identity = app.add_subcommand("identity", tr("Which records are one person"));
  identity->require_subcommand(1);
  auto a = std::make_shared<std::string>();
  auto b = std::make_shared<std::string>();
  Command* unmerge = identity->add_subcommand(
      "unmerge", tr("Take a record out of its profile: permits, traits and releases follow"));
  unmerge->add_option("--record", *a, tr("Its id"))->required();
  unmerge->callback([a, &line] { line.exit_code = run_unmerge(line, *a); });
  Command* explain = identity->add_subcommand("explain", tr("Why two records are one person"));
  explain->add_option("A", *a, tr("A record"))->required();
  explain->add_option("B", *b, tr("Another"))->required();
  explain->callback([a, b, &line] { line.exit_code = run_explain(line, *a, *b); });
}

}  // namespace assent
