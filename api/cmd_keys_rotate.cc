#include <algorithm>
#include <iostream>

#include "api/cmd_keys.h"
#include "api/installation.h"
#include "api/key_rotation.h"
#include "api/progress_bar.h"

// assent keys rotate-record and reseal: new keys for what is sealed.
namespace assent {
namespace {

int run_rotate_record(const CommandLine& line, const std::string& record) {
  const auto unit = Uuid::parse(record);
  if (!unit) return say("a record is named by its id");
  auto services = open_services(line);
  if (!services) return kFailed;
  const auto rotated = rotate_unit(*services, *unit);
  if (!rotated.ok()) return say(rotated.error());
  const Resealed& done = rotated->done;
  std::cout << tr_n("{1} value is sealed anew, under version {2} of the key",
                    "{1} values are sealed anew, under version {2} of the key", done.values,
                    done.values, done.version)
            << '\n';
  return conclude(*services, rotated->tenant,
                  keep_receipt(line, *services, rotated->tenant, done.leaf));
}

int report_damage(const Resealed& done) {
  return say_text(tr_n("a value of {1} unit does not open, and the unit is left as it is: {2}",
                       "values of {1} units do not open, and these are left as they are; the first "
                       "is {2}",
                       done.damaged, done.damaged, done.first_damaged->text()));
}

int reseal_tenant(Services& services, const Tenant& tenant) {
  const Resealer worker = resealer(services);
  const auto all = worker.left_in_other_suites(tenant.id);
  if (!all.ok()) return say(all.error());
  Result<Resealed> done(Resealed{});
  {
    ProgressBar bar;
    done = worker.reseal_other_suites(tenant.id, installation_act(), [&](std::uint64_t units) {
      bar.show(std::min(units, *all), *all,
               tr_n("{1} of {2} unit of {3}", "{1} of {2} units of {3}", *all, units, *all,
                    tenant.name));
    });
  }
  if (!done.ok()) return say(done.error());
  std::cout << tr_n("{1}: {2} unit is sealed anew in suite {3}",
                    "{1}: {2} units are sealed anew in suite {3}", done->units, tenant.name,
                    done->units, static_cast<int>(services.keys.suite()))
            << '\n';
  const int exit_code = done->damaged > 0 ? report_damage(*done) : kDone;
  return done->leaf.value.is_nil() ? exit_code : conclude(services, tenant.id, exit_code);
}

int run_reseal(const CommandLine& line, int suite) {
  auto services = open_services(line);
  if (!services) return kFailed;
  const int configured = static_cast<int>(services->keys.suite());
  if (suite != 0 && suite != configured) {
    return say("new values are sealed in suite {1}: change keys.suite of the configuration first",
               configured);
  }
  const auto tenants = services->tenants();
  if (!tenants.ok()) return say(tenants.error());
  int exit_code = kDone;
  for (const Tenant& tenant : *tenants) {
    exit_code = std::max(exit_code, reseal_tenant(*services, tenant));
  }
  return exit_code;
}

}  // namespace

void add_rotation_commands(Command& keys, CommandLine& line) {
  auto record = std::make_shared<std::string>();
  Command* rotate = keys.add_subcommand("rotate-record",
                                        tr("A new key for a record, rejected row or organisation"));
  rotate->add_option("--record", *record, tr("Its id"))->required();
  add_receipt_option(*rotate, line);
  rotate->callback([record, &line] { line.exit_code = run_rotate_record(line, *record); });
  auto suite = std::make_shared<int>(0);
  Command* reseal = keys.add_subcommand(
      "reseal", tr("Seal everything of another suite anew in keys.suite; may be interrupted"));
  reseal->add_option("--suite", *suite, tr("The suite that is expected [keys.suite]"))
      ->between(1, 2);
  reseal->callback([suite, &line] { line.exit_code = run_reseal(line, *suite); });
}

}  // namespace assent
