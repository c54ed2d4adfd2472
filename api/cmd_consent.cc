#include <iostream>

#include "api/command.h"
#include "api/preview.h"
#include "api/reason_text.h"
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
  std::string recipient;
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
    std::cout << (outcome->recorded != 0 ? tr("recorded") : tr("nothing new for the ledger"))
              << (outcome->suppressed != 0 ? tr(", the address is barred from now on") : "")
              << '\n';
    return kDone;
  });
}

void print_decision(const ExplainedPermit& permit) {
  std::cout << "  "
            << tr("{1} of record {2}: {3}, {4}", contact_word(permit.row.channel),
                  permit.row.record.text(), permit.row.permitted ? tr("permit") : tr("deny"),
                  reason_name(permit.row.reason));
  if (!permit.citation.empty()) std::cout << " (" << permit.citation << ")";
  if (!permit.row.laws.empty()) std::cout << tr(", by {1}", permit.row.laws);
  if (permit.row.until) std::cout << tr(", until {1}", to_iso(*permit.row.until));
  std::cout << "\n    " << tr(reason_sentence(permit.row.reason)) << '\n';
}

int run_decide(const CommandLine& line, const ConsentOptions& options) {
  return with_caller(line, "decision.preview", [&](Services& services, const Caller& caller) {
    PreviewOrder order;
    const auto kind = lookup_kind(options.kind);
    if (!kind) return say("a kind is email, phone, card or external_id");
    order.person.emplace();
    order.person->kind = *kind;
    order.person->value = read_line(options.kind);
    order.purpose = options.purpose;
    order.channel = options.channel;
    order.recipient = options.recipient;
    const Act act =
        act_of(caller, PurposeCode::kDirectMarketing, {Uuid::v7(services.clock, services.random)});
    const auto answer = preview(services, caller.tenant, act, order);
    if (!answer.ok()) return say(answer.error());
    if (answer->people.empty()) {
      std::cout << tr("deny: nobody holds this identifier") << '\n';
    }
    for (const PersonPreview& person : answer->people) {
      std::cout << tr("profile {1}", person.profile.text()) << '\n';
      if (person.decisions.empty()) {
        std::cout << "  " << tr("deny: no contact point for this channel") << '\n';
      }
      for (const ExplainedPermit& permit : person.decisions) print_decision(permit);
    }
    std::cout << (order.recipient.empty()
                      ? tr("policies {1}; for the house's own use", to_hex(answer->policy))
                      : tr("policies {1}; for the recipient {2}", to_hex(answer->policy),
                           order.recipient))
              << '\n';
    return kDone;
  });
}

void add_decide_command(Command& consent, CommandLine& line) {
  auto options = std::make_shared<ConsentOptions>();
  Command* decide = consent.add_subcommand(
      "decide", tr("May we? Each contact point's permit or denial, with its reason and citation"));
  decide->add_option("--identifier", options->kind, tr("email, phone, card or external_id"))
      ->required();
  decide->add_option("--purpose", options->purpose, tr("Of policies/purposes.yaml"))
      ->capture_default_str();
  decide->add_option("--channel", options->channel, tr("email, sms or phone_live"))->required();
  decide->add_option("--recipient", options->recipient,
                     tr("Who would be given the contact point [the house itself]"));
  decide->callback([options, &line] { line.exit_code = run_decide(line, *options); });
}

}  // namespace

void add_consent_command(Command& app, CommandLine& line) {
  Command* consent = app.add_subcommand("consent", tr("What people allow and refuse"));
  consent->require_subcommand(1);
  auto options = std::make_shared<ConsentOptions>();
  Command* record = consent->add_subcommand(
      "record",
      tr("Record what a person said. The identifier's value is read from the terminal or standard\n"
         "input, never from an argument."));
  record->add_option("--identifier", options->kind, tr("email, phone or external_id"))->required();
  record->add_option("--record", options->record,
                     tr("The record, when several people hold the value"));
  record->add_option("--purpose", options->purpose, tr("Of policies/purposes.yaml"))
      ->capture_default_str();
  record->add_option("--channel", options->channel,
                     tr("email, sms, phone_live [the purpose as a whole]"));
  record->add_option("--action", options->action, tr("give, renew, refuse, withdraw or object"))
      ->required();
  record->add_option("--notice", options->notice, tr("The text that was shown, of a consent"));
  record->add_option("--reference", options->reference,
                     tr("Your own name of it, so that you may repeat it"));
  record->callback([options, &line] { line.exit_code = run_record(line, *options); });
  add_decide_command(*consent, line);
}

}  // namespace assent
