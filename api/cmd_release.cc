#include <sys/stat.h>

#include <iostream>

#include "api/command.h"
#include "api/output_file.h"
#include "api/reason_text.h"
#include "identity/place.h"

namespace assent {
namespace {

struct ReleaseOptions {
  ReleaseOrder order;
  std::string as_of;
  std::string format = "csv";
  std::filesystem::path output;
};

struct RecipientOptions {
  RegisteredRecipient recipient;
  std::string role;
  std::string country;
  std::string notice = "none";
};

Act terminal_act(Services& services, const Caller& caller, PurposeCode purpose) {
  return act_of(caller, purpose, {Uuid::v7(services.clock, services.random)});
}

void print_reasons(const ShownReasons& reasons) {
  for (const auto& [name, people] : reasons) {
    const auto reason = parse_reason(name);
    std::cout << "    " << people << "  " << name << "  "
              << (reason ? tr(reason_sentence(*reason)) : tr("other reasons, each of few people"))
              << '\n';
  }
}

void print_funnel(const Funnel& exact, Viewer viewer) {
  const ShownFunnel funnel = shown_funnel(exact, viewer);
  std::cout << "  " << tr("matched {1}, permitted {2}", funnel.matched, funnel.permitted);
  if (funnel.delivered) std::cout << tr(", delivered {1}", *funnel.delivered);
  std::cout << '\n';
  print_reasons(funnel.denied);
  print_reasons(funnel.dropped);
}

int deliver(Services& services, const Act& act, TenantId tenant, const OpenedRelease& opened,
            const ReleaseOptions& options) {
  const FileFormat format = options.format == "csv" ? FileFormat::kCsv : FileFormat::kNdjson;
  // Whoever may read the file may read its people.
  ::umask(S_IRWXG | S_IRWXO);
  OutputFile file(options.output);
  if (!file.ok()) return say("the output file cannot be written: the release stays open");
  auto body = services.release_room.deliveries.start(tenant, act, opened.id, opened.link, format);
  if (!body.ok()) return say(body.error());
  for (;;) {
    auto piece = (*body)();
    if (!piece.ok()) return say(piece.error());
    if (!*piece) break;
    // Before the next piece is asked for: after the last one the release counts as delivered.
    file.stream() << **piece << std::flush;
    if (!file.ok()) return say("the output file could not be written: the release is aborted");
  }
  return file.finish() ? kDone : say("the output file could not be written");
}

// The entry of the end is found by its number, so the log is numbered first.
int keep_closing_receipt(const CommandLine& line, Services& services, TenantId tenant,
                         const ReleaseSummary& release) {
  if (line.closing_receipt_file.empty()) return kDone;
  if (!release.closed_at) return say("the release has not ended: there is no receipt of its end");
  if (auto numbered = services.number_log(tenant); !numbered.ok()) return say(numbered.error());
  const auto closing = in_tx(services.data, tenant, [&](Tx& tx) -> Result<std::optional<EventId>> {
    return Releases::closing_entry(tx, release);
  });
  if (!closing.ok()) return say(closing.error());
  if (!*closing) return say("the entry of the release's end has no number yet");
  return keep_receipt(line.closing_receipt_file, services, tenant, **closing);
}

int run_create(const CommandLine& line, const ReleaseOptions& options) {
  return with_caller(line, "release.create", [&](Services& services, const Caller& caller) {
    ReleaseOrder order = options.order;
    order.as_of = utc_date(services.clock.now());
    if (!options.as_of.empty()) {
      const auto day = parse_date(options.as_of);
      if (!day) return say("--as-of is a day such as 2026-11-21");
      order.as_of = *day;
    }
    const Act act = terminal_act(services, caller, PurposeCode::kDirectMarketing);
    auto opened = in_tx(services.data, caller.tenant, [&](Tx& tx) {
      return services.release_room.releases.open(tx, act, order);
    });
    if (!opened.ok()) return say(opened.error());
    if (!options.output.empty()) {
      const int delivered = deliver(services, act, caller.tenant, *opened, options);
      if (delivered != kDone) return delivered;
    }
    auto release = in_tx(services.data, caller.tenant, [&](Tx& tx) {
      return services.release_room.releases.find(tx, opened->id);
    });
    if (!release.ok()) return say(release.error());
    std::cout << tr("release {1} of {2} as of {3} by {4} to {5}", opened->id.text(), order.segment,
                    to_iso(order.as_of), order.channel, order.recipient)
              << '\n';
    print_funnel(release->funnel, viewer_of(caller.role));
    const int kept = keep_receipt(line, services, caller.tenant, opened->leaf);
    return kept == kDone ? keep_closing_receipt(line, services, caller.tenant, *release) : kept;
  });
}

int run_show(const CommandLine& line, const std::string& id) {
  return with_caller(line, "release.read", [&](Services& services, const Caller& caller) {
    const auto release_id = ReleaseId::parse(id);
    if (!release_id) return say("a release is named by its id");
    auto release = in_tx(services.data, caller.tenant, [&](Tx& tx) {
      return services.release_room.releases.find(tx, *release_id);
    });
    if (!release.ok()) return say(release.error());
    print_funnel(release->funnel, viewer_of(caller.role));
    if (viewer_of(caller.role) == Viewer::kExact) std::cout << release->opening;
    if (release->closing) std::cout << *release->closing;
    return keep_closing_receipt(line, services, caller.tenant, *release);
  });
}

int write_evidence(const CommandLine& line, Services& services, const Caller& caller, ReleaseId id,
                   std::ostream& out) {
  auto written = in_tx(services.data, caller.tenant, [&](Tx& tx) {
    return services.release_room.releases.write_evidence(
        tx, terminal_act(services, caller, PurposeCode::kAudit), id, out);
  });
  if (!written.ok()) return say(written.error());
  return keep_receipt(line, services, caller.tenant, *written);
}

int run_evidence(const CommandLine& line, const std::string& id,
                 const std::filesystem::path& output) {
  return with_caller(line, "release.read", [&](Services& services, const Caller& caller) {
    const auto release_id = ReleaseId::parse(id);
    if (!release_id) return say("a release is named by its id");
    // It has the exact counts by reason, which a marketer does not see.
    if (viewer_of(caller.role) != Viewer::kExact) {
      return say("the evidence of a release is for officers and auditors");
    }
    if (output.empty()) return write_evidence(line, services, caller, *release_id, std::cout);
    OutputFile file(output);
    if (!file.ok()) return say("the output file cannot be written");
    const int written = write_evidence(line, services, caller, *release_id, file.stream());
    if (written != kDone) return written;
    return file.finish() ? kDone : say("the output file could not be written");
  });
}

int run_add_recipient(const CommandLine& line, RecipientOptions options) {
  return with_caller(line, "recipient.register", [&](Services& services, const Caller& caller) {
    options.recipient.role = parse_recipient_role(options.role);
    if (!is_assigned_country(options.country)) {
      return say("a country is a code that ISO 3166-1 assigns, two capital letters, such as DE");
    }
    const auto country = Country::parse(options.country);
    const auto notice = parse_transfer_notice(options.notice);
    if (!country || !notice || options.recipient.role == RecipientRole::kUnknown) {
      return say("see assent recipient add --help for the words");
    }
    options.recipient.country = *country;
    options.recipient.notice = *notice;
    auto registered = in_tx(services.data, caller.tenant, [&](Tx& tx) {
      return services.release_room.recipients.register_one(
          tx, terminal_act(services, caller, PurposeCode::kOperations), options.recipient);
    });
    if (!registered.ok()) return say(registered.error());
    std::cout << tr("registered {1}", options.recipient.name) << '\n';
    return keep_receipt(line, services, caller.tenant, registered->leaf);
  });
}

int run_list_recipients(const CommandLine& line) {
  return with_caller(line, "recipient.list", [](Services& services, const Caller& caller) {
    Tx tx(services.data, caller.tenant);
    for (const RegisteredRecipient& recipient : Recipients::list(tx)) {
      std::cout << recipient.name << "  " << role_word(recipient.role) << "  "
                << recipient.country.text() << '\n';
    }
    return kDone;
  });
}

CommandOption* add_closing_receipt_option(Command& command, CommandLine& line) {
  return command.add_option("--closing-receipt", line.closing_receipt_file,
                            tr("File for the receipt of the delivery's end"));
}

}  // namespace

void add_release_command(Command& app, CommandLine& line) {
  Command* release =
      app.add_subcommand("release", tr("Hand a segment over, where each member permitted it"));
  release->require_subcommand(1);
  auto options = std::make_shared<ReleaseOptions>();
  Command* create =
      release->add_subcommand("create", tr("Open a release and, with --output, take it"));
  create
      ->add_option("--segment", options->order.segment,
                   tr("Of policies/segments.yaml: sleeping, ..."))
      ->required();
  create->add_option("--purpose", options->order.purpose, tr("Such as direct_marketing"))
      ->required();
  create->add_option("--channel", options->order.channel, tr("email, sms or phone_live"))
      ->required();
  create->add_option("--recipient", options->order.recipient, tr("As registered"))->required();
  create
      ->add_option("--fields", options->order.fields,
                   tr("contact,first_name,...; one that is not "
                      "allowed refuses the whole release"))
      ->required()
      ->delimiter(',');
  create->add_option("--as-of", options->as_of, tr("Day of the segment [today]"));
  create->add_option("--format", options->format, tr("csv or ndjson"))
      ->type_name(tr("TEXT"))
      ->one_of({"csv", "ndjson"})
      ->capture_default_str();
  CommandOption* output = create->add_option("--output", options->output,
                                             tr("File for the people; without it only the funnel"));
  add_receipt_option(*create, line);
  add_closing_receipt_option(*create, line)->needs(output);
  create->callback([options, &line] { line.exit_code = run_create(line, *options); });
  auto id = std::make_shared<std::string>();
  Command* show = release->add_subcommand("show", tr("Funnel and signed manifests of a release"));
  show->add_option("id", *id, tr("Its id"))->required();
  add_closing_receipt_option(*show, line);
  show->callback([id, &line] { line.exit_code = run_show(line, *id); });
  Command* evidence =
      release->add_subcommand("evidence", tr("What assent-verify release needs of a release"));
  evidence->add_option("id", *id, tr("Its id"))->required();
  evidence->add_option("--output", options->output, tr("File [standard output]"));
  add_receipt_option(*evidence, line);
  evidence->callback(
      [id, options, &line] { line.exit_code = run_evidence(line, *id, options->output); });
}

void add_recipient_command(Command& app, CommandLine& line) {
  Command* recipient = app.add_subcommand("recipient", tr("Who may receive, under which contract"));
  recipient->require_subcommand(1);
  auto options = std::make_shared<RecipientOptions>();
  Command* add =
      recipient->add_subcommand("add", tr("Register a recipient (entries are never edited)"));
  RegisteredRecipient& to = options->recipient;
  add->add_option("--name", to.name, tr("A lower-case word"))->required();
  add->add_option("--role", options->role, tr("internal, processor, third_party or ad_platform"))
      ->required();
  add->add_option("--country", options->country, tr("Such as DE"))->required();
  add->add_option("--contracts", to.contracts, tr("Kinds in force, as policies name them"))
      ->delimiter(',');
  add->add_option("--fields", to.fields, tr("What the contract lets it have"))
      ->delimiter(',')
      ->required();
  add->add_option(
         "--duties", to.duties,
         tr("What its messages carry: sender_identified,unsubscribe,postal_address,honest"))
      ->delimiter(',');
  add->add_option("--transfer-tool", to.transfer_tool, tr("Such as scc, for another country"));
  add->add_option("--notice", options->notice, tr("none, notified, cleared or banned"))
      ->capture_default_str();
  add_receipt_option(*add, line);
  add->callback([options, &line] { line.exit_code = run_add_recipient(line, *options); });
  recipient->add_subcommand("list", tr("List them"))->callback([&line] {
    line.exit_code = run_list_recipients(line);
  });
}

}  // namespace assent
