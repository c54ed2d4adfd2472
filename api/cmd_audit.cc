#include "api/cmd_audit.h"

#include <iostream>

#include "api/output_file.h"
#include "audit/exporter.h"
#include "audit/log_store.h"
#include "core/file.h"
#include "identity/state_reading.h"

namespace assent {
namespace {

constexpr std::size_t kCheckpointBytesMax = 1 << 16;

struct AuditOptions {
  std::optional<std::uint64_t> first;
  std::uint64_t end = 0;
  std::filesystem::path since;
  std::filesystem::path output;
  std::string event;
};

Act audit_act(Services& services, const Caller& caller) {
  return act_of(caller, PurposeCode::kAudit, {Uuid::v7(services.clock, services.random)});
}

int write_bundle(const CommandLine& line, Services& services, const Caller& caller,
                 const AuditOptions& options, std::ostream& out) {
  // What this very command has waiting in the log belongs into the export.
  if (auto settled = settle_log(services, caller.tenant); !settled.ok())
    return say(settled.error());
  ExportRequest request{options.first, {}, {}};
  if (options.end != 0) request.end = options.end;
  std::string since;
  if (!options.since.empty()) {
    auto text = read_file(options.since, kCheckpointBytesMax);
    if (!text.ok()) return say(text.error());
    since = std::move(*text);
    request.since = since;
  }
  auto written = export_bundle(services.data, caller.tenant, services.journal,
                               audit_act(services, caller), request, out);
  if (!written.ok()) return say(written.error());
  std::cerr << tr("entries {1} to {2} of a log of {3}; check them with assent-verify bundle FILE "
                  "--policy POLICY",
                  written->header.first, written->header.end - 1, written->header.tree_size)
            << '\n';
  return keep_receipt(line, services, caller.tenant, written->leaf);
}

// Evidence is taken out of data that nobody is served from, too.
constexpr auto kEvidence = Services::Check::kAllButRows;

int run_export(const CommandLine& line, const AuditOptions& options) {
  return with_caller(
      line, "audit.export",
      [&](Services& services, const Caller& caller) {
        if (options.output.empty()) return write_bundle(line, services, caller, options, std::cout);
        OutputFile file(options.output);
        if (!file.ok()) return say("the output file cannot be written");
        const int written = write_bundle(line, services, caller, options, file.stream());
        if (written != kDone) return written;
        return file.finish() ? kDone : say("the output file could not be written");
      },
      kEvidence);
}

int write_dump(const CommandLine& line, Services& services, const Caller& caller,
               std::ostream& out) {
  // Rows whose entries still wait for their number could not be judged.
  if (auto settled = settle_log(services, caller.tenant); !settled.ok())
    return say(settled.error());
  auto read =
      write_state(services.data, caller.tenant, services.journal, audit_act(services, caller), out);
  if (!read.ok()) return say(read.error());
  std::cerr << tr("lines: {1}; export a bundle from entry 0 to {2} or beyond, then check them with "
                  "assent-verify state --bundle FILE --dump FILE --policy POLICY",
                  read->lines, read->covers)
            << '\n';
  return keep_receipt(line, services, caller.tenant, read->leaf);
}

int run_dump_state(const CommandLine& line, const AuditOptions& options) {
  return with_caller(
      line, "audit.state",
      [&](Services& services, const Caller& caller) {
        if (options.output.empty()) return write_dump(line, services, caller, std::cout);
        OutputFile file(options.output);
        if (!file.ok()) return say("the output file cannot be written");
        const int written = write_dump(line, services, caller, file.stream());
        if (written != kDone) return written;
        return file.finish() ? kDone : say("the output file could not be written");
      },
      kEvidence);
}

int run_checkpoint(const CommandLine& line) {
  return with_caller(line, "audit.checkpoint", [](Services& services, const Caller& caller) {
    if (auto settled = settle_log(services, caller.tenant); !settled.ok())
      return say(settled.error());
    Tx tx(services.data, caller.tenant);
    const auto note = LogStore(tx, caller.tenant).newest_checkpoint();
    if (!note) return say("nothing has been signed yet");
    std::cout << *note;
    return kDone;
  });
}

int run_policy(const CommandLine& line) {
  return with_caller(line, "audit.checkpoint", [](Services& services, const Caller& caller) {
    auto policy = services.trust_policy(caller.tenant);
    if (!policy.ok()) return say(policy.error());
    std::cout << *policy;
    return kDone;
  });
}

int run_proof(const CommandLine& line, const std::string& event) {
  return with_caller(line, "audit.proof", [&](Services& services, const Caller& caller) {
    const auto id = EventId::parse(event);
    if (!id) return say("an event is named by its id (a UUID)");
    if (auto settled = settle_log(services, caller.tenant); !settled.ok())
      return say(settled.error());
    auto proof = wait_for_checkpoint(services.data, caller.tenant, *id, std::chrono::seconds(5));
    if (!proof.ok()) return say(proof.error());
    std::cout << *proof;
    return kDone;
  });
}

}  // namespace

void add_audit_command(Command& app, CommandLine& line) {
  Command* audit = app.add_subcommand("audit", tr("The log that an auditor can check without us"));
  audit->require_subcommand(1);
  auto options = std::make_shared<AuditOptions>();
  Command* bundle =
      audit->add_subcommand("export", tr("Write entries with their proofs as a bundle"));
  bundle->add_option("--from", options->first, tr("First entry [the first that is kept]"));
  bundle->add_option("--to", options->end, tr("End, not included [all that is signed]"));
  bundle->add_option("--since", options->since,
                     tr("Checkpoint the auditor holds: prove the extension"));
  bundle->add_option("--output", options->output, tr("File [standard output]"));
  add_receipt_option(*bundle, line);
  bundle->callback([options, &line] { line.exit_code = run_export(line, *options); });
  audit->add_subcommand("checkpoint", tr("Print the newest signed checkpoint"))->callback([&line] {
    line.exit_code = run_checkpoint(line);
  });
  audit
      ->add_subcommand("policy",
                       tr("Print what assent-verify must trust: hand it over by another way"))
      ->callback([&line] { line.exit_code = run_policy(line); });
  Command* state = audit->add_subcommand(
      "dump-state", tr("Write hashes of the live tables, to be compared with the log"));
  state->add_option("--output", options->output, tr("File [standard output]"));
  add_receipt_option(*state, line);
  state->callback([options, &line] { line.exit_code = run_dump_state(line, *options); });
  Command* proof =
      audit->add_subcommand("proof", tr("Print the receipt of one event (tlog-proof)"));
  proof->add_option("event", options->event, tr("Its id"))->required();
  proof->callback([options, &line] { line.exit_code = run_proof(line, options->event); });
  add_audit_view_commands(*audit, line);
  add_audit_retention_commands(*audit, line);
  add_audit_follow_command(*audit, line);
  add_audit_check_command(*audit, line);
  add_audit_recover_command(*audit, line);
}

}  // namespace assent
