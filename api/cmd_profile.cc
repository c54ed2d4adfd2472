#include <iostream>

#include "api/command.h"
#include "api/profile_reading.h"
#include "identity/normalise.h"

namespace assent {
namespace {

struct ProfileOptions {
  std::string profile;
  std::vector<std::string> fields;
};

// What came from a file must not steer the terminal.
void print_record(const ShownRecord& record) {
  std::cout << tr("record {1} of {2}", record.record.text(), record.source) << '\n';
  for (const ShownField& field : record.fields) {
    for (const Plaintext& value : field.values) {
      std::cout << "  " << field.name << ": " << displayable(value.reveal()) << '\n';
    }
  }
}

int run_read(const CommandLine& line, const ProfileOptions& options) {
  return with_caller(line, "profile.read", [&](Services& services, const Caller& caller) {
    const auto id = ProfileId::parse(options.profile);
    if (!id) return say("a profile is named by its id, as 'assent rights find' shows it");
    const ProfileReadOrder order{*id, options.fields, read_line(tr("reason"))};
    const Act act =
        act_of(caller, PurposeCode::kRightsRequest, {Uuid::v7(services.clock, services.random)});
    const auto records = open_profile(services, caller.tenant, act, order);
    if (!records.ok()) return say(records.error());
    for (const ShownRecord& record : *records) print_record(record);
    return kDone;
  });
}

}  // namespace

void add_profile_command(Command& app, CommandLine& line) {
  Command* profile = app.add_subcommand("profile", tr("What is known of a person"));
  profile->require_subcommand(1);
  auto options = std::make_shared<ProfileOptions>();
  Command* read = profile->add_subcommand(
      "read",
      tr("Open fields of all records of a profile. It leaves an entry in the log. Why you read is\n"
         "asked on the terminal or read from standard input, and kept sealed."));
  read->add_option("--profile", options->profile, tr("Its id"))->required();
  read->add_option("--fields", options->fields,
                   tr("Of policies/fields.yaml, such as email,first_name"))
      ->required()
      ->delimiter(',');
  read->callback([options, &line] { line.exit_code = run_read(line, *options); });
}

}  // namespace assent
