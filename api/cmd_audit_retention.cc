#include <iostream>

#include "api/cmd_audit.h"
#include "audit/log_pruner.h"

// assent audit announce-retention, and prune: the left edge of a log, and what is said of it
// before.
namespace assent {
namespace {

struct RetentionOptions {
  std::string log = "tenant";
  bool check = false;
};

Act operator_act(Services& services, const Caller& caller) {
  return act_of(caller, PurposeCode::kOperations, {Uuid::v7(services.clock, services.random)});
}

// The installation's log is everybody's: whoever may prune the only tenant's may prune it too.
Result<TenantId> log_of(Services& services, const Caller& caller, const RetentionOptions& options) {
  if (options.log == "tenant") return caller.tenant;
  const auto tenants = services.tenants();
  if (!tenants.ok()) return tenants.error();
  if (tenants->size() == 1) return TenantId{};
  return Error{ErrorCode::kDenied,
               "the installation's log tells of several tenants: the server prunes it by itself"};
}

using LogWork = std::function<int(Services&, const Caller&, TenantId log)>;

int with_log(const CommandLine& line, const RetentionOptions& options, const LogWork& work) {
  return with_caller(line, "audit.prune", [&](Services& services, const Caller& caller) {
    const auto log = log_of(services, caller, options);
    if (!log.ok()) return say(log.error());
    // What an earlier call left unsigned is decided first.
    if (auto settled = settle_log(services, *log); !settled.ok()) return say(settled.error());
    return work(services, caller, *log);
  });
}

void print_terms(const PrunePlan& plan) {
  if (plan.retention.announced.empty()) {
    std::cout << tr("announced: nothing") << '\n';
    return;
  }
  for (const AnnouncedTerms& one : plan.retention.announced) {
    std::cout << tr("announced: entries are kept for {1} days; entry {2} of {3}, binding after {4} "
                    "days",
                    one.terms.days, one.entry, to_rfc3339(one.at), one.terms.notice_days)
              << '\n';
  }
}

void print_plan(const PrunePlan& plan) {
  print_terms(plan);
  std::cout << tr("minimum index: {1}; stored from entry {2} on; size {3}; the newest entry is of "
                  "{4}",
                  plan.retention.minimum(), plan.first_kept, plan.tree.size, to_rfc3339(plan.now))
            << '\n';
}

int why_not(const PrunePlan& plan) {
  if (plan.retention.announced.empty()) {
    return say(
        "nothing may be pruned: the log has not announced how long it is kept; see 'assent "
        "audit announce-retention'");
  }
  if (plan.is_waiting) {
    return say("an entry about the retention is not signed yet: is assent-signer running?");
  }
  if (plan.prunable_from && *plan.prunable_from > plan.now) {
    return say("nothing may be pruned: what the log announced binds from {1} on",
               to_rfc3339(*plan.prunable_from));
  }
  std::cout << tr("no whole group of 256 entries is older than the log had announced") << '\n';
  return kDone;
}

int remove_declared(Services& services, TenantId log) {
  const auto removed = services.pruner.remove(log);
  if (!removed.ok()) return say(removed.error());
  const auto after = services.pruner.plan(log);
  if (!after.ok()) return say(after.error());
  std::cout << tr("removed: {1} entries; the log begins with entry {2}", *removed,
                  after->first_kept)
            << '\n';
  return kDone;
}

int prune(Services& services, const Caller& caller, TenantId log, const PrunePlan& plan) {
  const auto event = services.pruner.declare(log, operator_act(services, caller), plan);
  if (!event.ok()) return say(event.error());
  const auto settled = settle_log(services, log);
  if (!settled.ok()) return say(settled.error());
  if (!*settled) {
    return say(
        "the log says what is pruned, but no checkpoint covers it yet: nothing is removed; "
        "give the same command again when assent-signer runs");
  }
  return remove_declared(services, log);
}

int run_prune(const CommandLine& line, const RetentionOptions& options) {
  return with_log(line, options, [&](Services& services, const Caller& caller, TenantId log) {
    const auto plan = services.pruner.plan(log);
    if (!plan.ok()) return say(plan.error());
    print_plan(*plan);
    if (plan->is_unfinished()) {
      std::cout << tr("a prune was begun: entries before {1}", plan->retention.minimum()) << '\n';
      return options.check ? kDone : remove_declared(services, log);
    }
    if (!plan->next) return why_not(*plan);
    std::cout << tr("to be pruned: entries {1} to {2}, the newest of {3}",
                    plan->retention.minimum(), plan->next->minimum - 1,
                    to_rfc3339(plan->next->newest))
              << '\n';
    return options.check ? kDone : prune(services, caller, log, *plan);
  });
}

int run_announce(const CommandLine& line, const RetentionOptions& options) {
  return with_log(line, options, [&](Services& services, const Caller& caller, TenantId log) {
    const auto event = services.pruner.announce(log, operator_act(services, caller));
    if (!event.ok()) return say(event.error());
    const RetentionTerms& terms = services.retention.log().terms;
    std::cout
        << tr("the log says that it keeps entries for {1} days; nothing older goes before {2} "
              "days from now",
              terms.days, terms.notice_days)
        << '\n';
    return keep_receipt(line, services, log, *event);
  });
}

}  // namespace

void add_audit_retention_commands(Command& audit, CommandLine& line) {
  auto options = std::make_shared<RetentionOptions>();
  Command* announce = audit.add_subcommand(
      "announce-retention",
      tr("Say in the log how long it is kept, as policies/retention.yaml has it"));
  add_receipt_option(*announce, line);
  Command* prune = audit.add_subcommand(
      "prune", tr("Remove entries that are older than the log had announced, and say so in it"));
  prune->add_flag("--check", options->check, tr("Only say what would go"));
  for (Command* one : {announce, prune}) {
    one->add_option("--log", options->log, tr("tenant, or installation"))
        ->one_of({"tenant", "installation"})
        ->capture_default_str();
  }
  announce->callback([options, &line] { line.exit_code = run_announce(line, *options); });
  prune->callback([options, &line] { line.exit_code = run_prune(line, *options); });
}

}  // namespace assent
