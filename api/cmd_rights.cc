#include <fstream>
#include <iostream>
#include <thread>

#include "api/command.h"
#include "core/file.h"
#include "rights/certificate_text.h"
#include "rights/erase.h"
#include "rights/erase_worker.h"

namespace assent {
namespace {

constexpr int kRoundsMax = 200;
constexpr std::chrono::milliseconds kRoundPause{50};

struct RightsOptions {
  std::string kind;
  std::string source;
  std::string record;
  std::string profile;
  bool ask_name = false;
  std::string request;
  bool as_text = false;
  std::filesystem::path output;
};

Act rights_act(Services& services, const Caller& caller) {
  return act_of(caller, PurposeCode::kRightsRequest, {Uuid::v7(services.clock, services.random)});
}

std::optional<PersonQuery> read_query(const RightsOptions& options) {
  PersonQuery query;
  const auto kind = lookup_kind(options.kind);
  if (!kind) {
    say("an identifier is email, phone, card or external_id");
    return std::nullopt;
  }
  query.kind = *kind;
  query.source = options.source;
  if (!options.record.empty()) query.record = RecordId::parse(options.record);
  if (!options.profile.empty()) query.profile = ProfileId::parse(options.profile);
  if ((!options.record.empty() && !query.record) || (!options.profile.empty() && !query.profile)) {
    say("records and profiles are named by their ids");
    return std::nullopt;
  }
  query.value = read_line(options.kind);
  if (options.ask_name) query.first_name = read_line(tr("first name"));
  return query;
}

// What a request that is not finished yet waits for. It stands, and every read refuses the person.
int say_under_way(RequestId request, RequestState state) {
  if (state == RequestState::kErasing) {
    std::cerr
        << tr("the keys wait for assent-key-destroyer: does it run? Nothing is lost, and every "
              "read refuses the person already")
        << '\n';
  }
  std::cout << tr("the erasure is under way: assent rights status --request {1}", request.text())
            << '\n';
  return kDone;
}

// Does what the server's worker does, beside it if it runs: rows and certificate, once the keys are
// destroyed.
int finish(Services& services, TenantId tenant, RequestId request) {
  const EraseService service(services.rights);
  const EraseWorker worker(services.rights);
  RequestState state = RequestState::kErasing;
  for (int round = 0; round < kRoundsMax; ++round) {
    auto done = worker.run_once(tenant);
    if (!done.ok()) return say(done.error());
    if (auto numbered = services.number_log(tenant); !numbered.ok()) return say(numbered.error());
    auto status = service.status(tenant, request);
    if (!status.ok()) return say(status.error());
    state = status->state;
    if (status->state == RequestState::kCompleted) {
      const auto records = static_cast<std::uint64_t>(status->records);
      if (records == 0) {
        std::cout
            << tr("erased what rejected rows and organisations held; request {1} is completed, "
                  "its certificate stands",
                  request.text())
            << '\n';
        return kDone;
      }
      std::cout << tr_n("erased {1} record; request {2} is completed, its certificate stands",
                        "erased {1} records; request {2} is completed, its certificate stands",
                        records, records, request.text())
                << '\n';
      return kDone;
    }
    if (done->failed) return say(*done->failed);
    std::this_thread::sleep_for(kRoundPause);
  }
  return say_under_way(request, state);
}

int run_erase(const CommandLine& line, const RightsOptions& options) {
  return with_caller(line, "request.create", [&](Services& services, const Caller& caller) {
    const auto query = read_query(options);
    if (!query) return kUsage;
    auto request =
        EraseService(services.rights).request(caller.tenant, rights_act(services, caller), *query);
    if (!request.ok()) return say(request.error());
    const int finished = finish(services, caller.tenant, request->id);
    const int kept = keep_receipt(line, services, caller.tenant, request->leaf);
    return finished == kDone ? kept : finished;
  });
}

void print_candidate(const Candidate& person) {
  std::cout << (person.has_profile() ? tr("profile {1}", person.profile.text())
                                     : tr("in no profile"))
            << '\n';
  for (const RecordId& record : person.holders) {
    std::cout << "  " << tr("record {1}", record.text()) << '\n';
  }
  for (const Uuid& row : person.units.rejected) {
    std::cout << "  " << tr("rejected row {1}", row.text()) << '\n';
  }
  for (const Uuid& organisation : person.units.organisations) {
    std::cout << "  " << tr("organisation {1}", organisation.text()) << '\n';
  }
}

int run_find(const CommandLine& line, const RightsOptions& options) {
  return with_caller(line, "profile.search", [&](Services& services, const Caller& caller) {
    const auto query = read_query(options);
    if (!query) return kUsage;
    auto people =
        EraseService(services.rights).find(caller.tenant, rights_act(services, caller), *query);
    if (!people.ok()) return say(people.error());
    for (const Candidate& person : *people) {
      print_candidate(person);
    }
    if (people->empty()) std::cout << tr("nobody holds this identifier") << '\n';
    return kDone;
  });
}

int run_status(const CommandLine& line, const RightsOptions& options) {
  return with_caller(line, "request.read", [&](Services& services, const Caller& caller) {
    const auto id = RequestId::parse(options.request);
    if (!id) return say("a request is named by its id");
    return finish(services, caller.tenant, *id);
  });
}

int run_certificate(const CommandLine& line, const RightsOptions& options) {
  return with_caller(line, "certificate.read", [&](Services& services, const Caller& caller) {
    const auto id = RequestId::parse(options.request);
    if (!id) return say("a request is named by its id");
    auto certificate =
        EraseService(services.rights).certificate(caller.tenant, rights_act(services, caller), *id);
    if (certificate.ok() && options.as_text) {
      certificate = certificate_text(*certificate, spoken());
    }
    if (!certificate.ok()) return say(certificate.error());
    if (options.output.empty()) {
      std::cout << certificate->reveal() << (options.as_text ? "" : "\n");
      return kDone;
    }
    auto written = replace_file(options.output, certificate->reveal(), 0600);
    return written.ok() ? kDone : say(written.error());
  });
}

void add_person_options(Command& command, RightsOptions& options) {
  command
      .add_option("--identifier", options.kind,
                  tr("email, phone, card or external_id; the value is read from the terminal or\n"
                     "standard input, never from an argument"))
      ->required();
  command.add_option("--source", options.source, tr("Of an external_id: the source that gave it"));
  command.add_option("--profile", options.profile, tr("Which person, when several hold the value"));
  command.add_option("--record", options.record, tr("The same, by one of the person's records"));
  command.add_flag("--ask-name", options.ask_name, tr("The same, by first name (asked for next)"));
}

}  // namespace

void add_rights_command(Command& app, CommandLine& line) {
  Command* rights = app.add_subcommand("rights", tr("What a person may ask"));
  rights->require_subcommand(1);
  auto options = std::make_shared<RightsOptions>();
  Command* erase =
      rights->add_subcommand("erase", tr("Erase one person for good, with a certificate"));
  add_person_options(*erase, *options);
  add_receipt_option(*erase, line);
  erase->callback([options, &line] { line.exit_code = run_erase(line, *options); });
  Command* find =
      rights->add_subcommand("find", tr("Whom an identifier means: profiles and records"));
  add_person_options(*find, *options);
  find->callback([options, &line] { line.exit_code = run_find(line, *options); });
  Command* status = rights->add_subcommand("status", tr("Where a request stands; helps it along"));
  status->add_option("--request", options->request, tr("Its id"))->required();
  status->callback([options, &line] { line.exit_code = run_status(line, *options); });
  Command* certificate = rights->add_subcommand("certificate", tr("Print a request's certificate"));
  certificate->add_option("--request", options->request, tr("Its id"))->required();
  certificate->add_flag("--text", options->as_text,
                        tr("For people to read, in the language of --lang; else JSON"));
  certificate->add_option("--output", options->output,
                          tr("File, for its owner's eyes [the terminal]"));
  certificate->callback([options, &line] { line.exit_code = run_certificate(line, *options); });
}

}  // namespace assent
