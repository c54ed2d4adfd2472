#include <CLI/CLI.hpp>
#include <iostream>

#include "api/command.h"
#include "api/statement.h"

namespace assent {
namespace {

struct ConsentOptions {
  std::string kind;
  std::string record;
  std::string purpose = "direct_marketing";
  std::string channel;
  std::string action;
  std::string notice;
  std::string reference;
};

int run_record(const CommandLine& line, const ConsentOptions& options) {
  return with_caller(line, "consent.record", [&](Services& services, const Caller& caller) {
    const RequestId request{Uuid::v7(services.clock, services.random)};
    StatementOrder order;
    order.kind = options.kind;
    order.value = read_line(options.kind);
    if (!options.record.empty()) {
      order.record = RecordId::parse(options.record);
      if (!order.record) return say("a record is named by its id");
    }
    order.purpose = options.purpose;
    order.channel = options.channel;
    order.action = options.action;
    order.notice = options.notice;
    order.reference = options.reference.empty() ? request.text() : options.reference;
    auto outcome = record_statement(services, caller.tenant,
                                    act_of(caller, PurposeCode::kDirectMarketing, request), order);
    if (!outcome.ok()) return say(outcome.error());
    std::cout << (outcome->recorded != 0 ? "recorded" : "nothing new for the ledger")
              << (outcome->suppressed != 0 ? ", the address is barred from now on\n" : "\n");
    return kDone;
  });
}

}  // namespace

void add_consent_command(CLI::App& app, CommandLine& line) {
  CLI::App* consent = app.add_subcommand("consent", "What people allow and refuse");
  consent->require_subcommand(1);
  auto options = std::make_shared<ConsentOptions>();
  CLI::App* record = consent->add_subcommand(
      "record",
      "Record what a person said. The identifier's value is read from the terminal or standard\n"
      "input, never from an argument.");
  record->add_option("--identifier", options->kind, "email, phone or external_id")->required();
  record->add_option("--record", options->record, "The record, when several people hold the value");
  record->add_option("--purpose", options->purpose, "Of policies/purposes.yaml")
      ->capture_default_str();
  record->add_option("--channel", options->channel,
                     "email, sms, phone_live [the purpose as a whole]");
  record->add_option("--action", options->action, "give, renew, refuse, withdraw or object")
      ->required();
  record->add_option("--notice", options->notice, "The text that was shown, of a consent");
  record->add_option("--reference", options->reference,
                     "Your own name of it, so that you may repeat it");
  record->callback([options, &line] { line.exit_code = run_record(line, *options); });
}

}  // namespace assent
