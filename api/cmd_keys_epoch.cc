#include <algorithm>
#include <iostream>

#include "api/cmd_keys.h"
#include "api/key_epochs.h"
#include "api/progress_bar.h"

// assent keys new-epoch, rewrap, burn, and rotate-epoch, which is all three: the monthly round.
namespace assent {
namespace {

// The receipt of what was told last; nil: nothing was told now.
struct Told {
  int exit_code = kDone;
  EventId leaf;
};

Told failed(const Error& error) {
  return {say(error), {}};
}

Told new_epoch(Services& services) {
  const auto begun = begin_epoch(services);
  if (!begun.ok()) return failed(begun.error());
  std::cout << (begun->leaf.value.is_nil()
                    ? tr("epoch {1} had been begun: it is in use now", begun->number)
                    : tr("epoch {1} is in use", begun->number))
            << '\n';
  return {kDone, begun->leaf};
}

Told report_rewrap(const RewrapReport& report) {
  std::cout << tr_n("{1} key was wrapped under the epoch in use",
                    "{1} keys were wrapped under the epoch in use", report.rewrapped,
                    report.rewrapped)
            << '\n';
  if (report.changed > 0) {
    std::cout << tr_n("{1} key was destroyed or replaced meanwhile, and stays so",
                      "{1} keys were destroyed or replaced meanwhile, and stay so", report.changed,
                      report.changed)
              << '\n';
  }
  if (report.damaged == 0) return {};
  const KeyName& first = *report.first_damaged;
  return {say_text(tr_n("{1} key does not open and was left as it is; of tenant {2}, unit {3}",
                        "{1} keys do not open and were left as they are; the first is of tenant "
                        "{2}, unit {3}",
                        report.damaged, report.damaged, first.tenant.text(), first.subject.text())),
          {}};
}

Told rewrap(Services& services) {
  const auto all =
      KeyEpochs(services.rewrapping).left_before(services.keyring->now()->current_epoch());
  if (!all.ok()) return failed(all.error());
  Result<RewrapReport> report(RewrapReport{});
  {
    ProgressBar bar;
    report = rewrap_keys(services, [&](std::uint64_t done) {
      bar.show(std::min(done, *all), *all,
               tr_n("{1} of {2} key", "{1} of {2} keys", *all, done, *all));
    });
  }
  return report.ok() ? report_rewrap(*report) : failed(report.error());
}

Told burn(Services& services) {
  const auto burned = burn_epochs(
      services, [](StaticText) {},
      [](StaticText cluster) { std::cout << tr("VACUUM of {1} first", cluster) << std::endl; });
  if (!burned.ok()) return failed(burned.error());
  if (burned->empty()) std::cout << tr("no epoch is to be burned") << '\n';
  Told told;
  for (const BurnedEpoch& one : *burned) {
    const BurnCounts& counts = one.counts;
    std::cout << tr("epoch {1} is burned: keys rewrapped {2}, destroyed {3}, left {4}",
                    counts.epoch, counts.rewrapped, counts.destroyed, counts.left)
              << '\n';
    told.leaf = one.leaf;
  }
  if (!burned->empty()) {
    std::cout << tr("Destroy the copies of the keyring from before: with the root key they still "
                    "hold what was burned.")
              << '\n';
  }
  return told;
}

// Whether the epoch in use is younger than asked; nobody noted is old.
bool is_young(Services& services, std::int64_t days) {
  const auto age = days_since(services.keyring->now()->current_since(), services.clock.now());
  return age && *age < days;
}

Told round(Services& services, int older_than) {
  const auto open = is_round_open(services);
  if (!open.ok()) return failed(open.error());
  const auto in_use = epoch_in_use(services.safe);
  if (!in_use.ok()) return failed(in_use.error());
  const bool is_begun = services.keyring->now()->current_epoch() > *in_use;
  if (!*open && is_young(services, older_than)) {
    std::cout << tr_n("nothing to do: the epoch in use is younger than {1} day",
                      "nothing to do: the epoch in use is younger than {1} days",
                      static_cast<std::uint64_t>(older_than), older_than)
              << '\n';
    return {};
  }
  // A round that was begun is finished; it is not the beginning of the next.
  if (!*open || is_begun) {
    if (const Told begun = new_epoch(services); begun.exit_code != kDone) return begun;
  } else {
    std::cout << tr("a round that was begun is finished") << '\n';
  }
  if (const Told moved = rewrap(services); moved.exit_code != kDone) return moved;
  return burn(services);
}

template <class Act>
int run(const CommandLine& line, const Act& act) {
  auto services = open_services(line);
  if (!services) return kFailed;
  const Told told = act(*services);
  if (told.leaf.value.is_nil()) return told.exit_code;
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, told.leaf));
}

}  // namespace

void add_epoch_commands(Command& keys, CommandLine& line) {
  Command* epoch = keys.add_subcommand(
      "new-epoch", tr("Begin an epoch: from now on new keys are wrapped under it"));
  epoch->callback([&line] { line.exit_code = run(line, new_epoch); });
  keys.add_subcommand("rewrap", tr("Wrap every key under the epoch in use; may be interrupted"))
      ->callback([&line] { line.exit_code = run(line, rewrap); });
  Command* burned = keys.add_subcommand(
      "burn", tr("Destroy the keys of older epochs, under which nothing is left"));
  burned->callback([&line] { line.exit_code = run(line, burn); });
  auto days = std::make_shared<int>(0);
  Command* rotate = keys.add_subcommand(
      "rotate-epoch", tr("new-epoch, rewrap and burn; or what is left of them from last time"));
  rotate
      ->add_option("--older-than", *days,
                   tr("Begin only when the epoch in use is as many days old"))
      ->between(0, 365);
  rotate->callback([days, &line] {
    line.exit_code = run(line, [&](Services& services) { return round(services, *days); });
  });
  for (Command* one : {epoch, burned, rotate}) add_receipt_option(*one, line);
}

}  // namespace assent
