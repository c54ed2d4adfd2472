#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "audit/fork_acceptance.h"
#include "audit/key_rotation.h"
#include "audit/log_loop.h"
#include "audit/origin.h"
#include "audit/signer.h"
#include "audit/signer_witnesses.h"
#include "audit/stamp_client.h"
#include "audit/stamper.h"
#include "core/digest.h"
#include "core/environment.h"
#include "core/file.h"
#include "core/process.h"
#include "core/program.h"
#include "core/text.h"

namespace assent {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr unsigned kPrivate = 0700;
constexpr unsigned kForTheWorld = 0755;
constexpr std::size_t kPolicyBytesMax = std::size_t{64} * 1024;
// One for the rounds, the others for proofs that witnesses ask for meanwhile.
constexpr std::size_t kSessions = 4;
constexpr std::size_t kNeverFull = std::size_t(-1);
constexpr int kTsaEveryHoursMax = 24 * 31;

constexpr std::chrono::seconds kReceiptPatience{2};

constexpr StaticText kAbout =
    "Signs what the log of Assent has become, and nothing that does not extend what it signed "
    "before.\n\n"
    "It is a process of its own, best under a user of its own: it holds the log key, remembers\n"
    "outside PostgreSQL what it signed last, and publishes it for everybody to read.\n"
    "  assent-signer init         once, when the data cluster is migrated: makes the key\n"
    "  assent-signer run          signs until stopped\n"
    "  assent-signer rotate-key   replaces the key; the signer must be stopped\n"
    "  assent-signer receipt      prints the receipt of the key in use, once it signs\n"
    "  assent-signer accept-fork  goes on with a log that was forked openly; the signer must be "
    "stopped";

struct SignerOptions {
  std::filesystem::path socket;
  int port = 5432;
  std::string database = "assent";
  std::filesystem::path key;
  std::filesystem::path state;
  std::filesystem::path published;
  std::string log_host;
  std::string user;
  std::filesystem::path witnesses;
  std::filesystem::path witness_ca;
  std::filesystem::path metrics;
  std::string tsa;
  std::filesystem::path tsa_ca;
  std::string tsa_policy;
  int tsa_every_hours = 24;
  std::string log;  // Of accept-fork.
};

int say(const Error& error) {
  std::cerr << "assent-signer: " << tr(error.reason);
  if (error.position) std::cerr << ", " << tr("line {1}", error.position->line);
  std::cerr << '\n';
  return kFailed;
}

DatabaseConfig database_of(const SignerOptions& options) {
  DatabaseConfig config;
  config.host = std::filesystem::absolute(options.socket).lexically_normal().string();
  config.port = options.port;
  config.database = options.database;
  config.role = "assent_signer";
  config.sessions = kSessions;
  return config;
}

// What the signer and its commands run on, as the user that they are for.
struct Workplace {
  explicit Workplace(const SignerOptions& options) : db(database_of(options), clock) {}
  SystemClock clock;
  SystemRandom random;
  Database db;
};

// Started by root, its directories are made for the user that it then becomes.
Status take_place(const SignerOptions& options) {
  if (auto made = make_directories(options.state, kPrivate); !made.ok()) return made;
  if (auto made = make_directories(options.published, kForTheWorld); !made.ok()) return made;
  if (options.user.empty()) return Unit{};
  for (const auto& directory : {options.state, options.published}) {
    if (auto given = give_to_user(directory, options.user); !given.ok()) return given;
  }
  return become_user(options.user);
}

int run_init(const SignerOptions& options) {
  Workplace place(options);
  auto made = create_log_key(place.db, place.random, options.key);
  if (!made.ok()) return say(made.error());
  std::cout << tr("made {1}, the key of the log; the installation's log names it",
                  options.key.string())
            << '\n';
  return kDone;
}

int run_rotate(const SignerOptions& options) {
  Workplace place(options);
  auto done = rotate_log_key(place.db, place.random, options.key, options.state);
  if (!done.ok()) return say(done.error());
  std::cout << tr("the log has a new key and the old one is destroyed; start the signer, then hand "
                  "auditors what 'assent audit policy' prints; 'assent-signer receipt' prints the "
                  "proof of the change")
            << '\n';
  return kDone;
}

int run_accept_fork(const SignerOptions& options) {
  const auto log =
      options.log == "installation" ? std::optional(TenantId{}) : TenantId::parse(options.log);
  if (!log)
    return say({ErrorCode::kInvalid, "a log is named by its id (a UUID) or 'installation'"});
  auto key = read_log_key(options.key);
  if (!key.ok()) return say(key.error());
  Workplace place(options);
  auto done = accept_fork(
      place.db, *key,
      {installation_origin(options.log_host), options.state, options.published, nullptr}, *log);
  if (!done.ok()) return say(done.error());
  std::cout
      << tr("{1} goes on as {2} from {3} entries, which entry {4} tells; {1} was signed up to "
            "{5} entries, and what is of it lies in {6}",
            done->old_origin, done->new_origin, done->kept_size, done->entry, done->old_size,
            *origin_directory(done->old_origin))
      << '\n'
      << tr("start the signer, then hand auditors and witnesses what 'assent audit policy' "
            "prints")
      << '\n';
  return kDone;
}

int run_receipt(const SignerOptions& options) {
  Workplace place(options);
  auto key = read_log_key(options.key);
  if (!key.ok()) return say(key.error());
  auto receipt = key_receipt(place.db, key->public_key, kReceiptPatience);
  if (!receipt.ok()) return say(receipt.error());
  std::cout << *receipt;
  return kDone;
}

// Null without --witnesses.
Result<std::unique_ptr<SignerWitnesses>> open_witnesses(const SignerOptions& options,
                                                        const Clock& steady, Log& log,
                                                        MetricsFile& metrics) {
  if (options.witnesses.empty()) return std::unique_ptr<SignerWitnesses>();
  auto text = read_file(options.witnesses, kPolicyBytesMax);
  if (!text.ok()) return Error{text.error().code, "the policy of the witnesses cannot be read"};
  auto policy = LogPolicy::parse(*text);
  if (!policy.ok()) return policy.error();
  WitnessPanelConfig config;
  config.ca_file = options.witness_ca.string();
  auto panel = WitnessPanel::open(std::move(*policy), std::move(config), steady);
  if (!panel.ok()) return panel.error();
  return std::make_unique<SignerWitnesses>(std::move(*panel), log, metrics);
}

// Null without --tsa.
Result<std::unique_ptr<StampClient>> open_stamp_client(const SignerOptions& options,
                                                       Random& random) {
  if (options.tsa.empty()) return std::unique_ptr<StampClient>();
  auto pem = read_file(options.tsa_ca, kPolicyBytesMax);
  auto trusted = pem.ok() ? TsaCertificates::parse(*pem) : Result<TsaCertificates>(pem.error());
  if (!trusted.ok()) {
    return Error{trusted.error().code,
                 "the certificates of the time stamping authority cannot be read"};
  }
  return StampClient::open({options.tsa, options.tsa_policy}, std::move(*trusted), random);
}

// Time stamps, on a thread of their own: no authority keeps a signature waiting.
class StampLoop {
 public:
  StampLoop(const SignerOptions& options, StampClient& client, const Workplace& place,
            const Clock& steady, Log& log, MetricsFile& metrics)
      : stamper_({options.published, std::chrono::hours(options.tsa_every_hours),
                  [&client](const Hash32& imprint) { return client.ask(imprint); }},
                 place.clock, steady, log, metrics),
        loop_(
            "timestamp.failed", [this] { return stamper_.run_once(); }, kNeverFull, log, kEvery) {}

 private:
  static constexpr std::chrono::seconds kEvery{1};
  Stamper stamper_;
  LogLoop loop_;
};

int run_signer(const SignerOptions& options) {
  const StopSignals stop;
  // Whom we ask may hang up while we write.
  std::signal(SIGPIPE, SIG_IGN);
  if (rotation_is_open(options.key)) {
    return say({ErrorCode::kConflict,
                "a rotation of the key was begun: finish it with 'assent-signer rotate-key'"});
  }
  auto key = read_log_key(options.key);
  if (!key.ok()) return say(key.error());
  Workplace place(options);
  Log log(place.clock, std::cerr);
  const SteadyClock steady;
  MetricsFile metrics(options.metrics, log);
  auto witnesses = open_witnesses(options, steady, log, metrics);
  if (!witnesses.ok()) return say(witnesses.error());
  auto stamp_client = open_stamp_client(options, place.random);
  if (!stamp_client.ok()) return say(stamp_client.error());
  auto signer = Signer::open(
      place.db, *key,
      {installation_origin(options.log_host), options.state, options.published, witnesses->get()});
  if (!signer.ok()) return say(signer.error());
  log.info("signer.started");
  {
    std::optional<StampLoop> stamping;
    if (*stamp_client) {
      stamping.emplace(options, **stamp_client, place, steady, log, metrics);
    }
    const LogLoop signing(
        "signer.failed", [&] { return (*signer)->run_once(); }, kNeverFull, log);
    stop.wait();
  }
  log.info("signer.stopped");
  return kDone;
}

void add_options(Program& app, SignerOptions& options) {
  app.set_config("--config", tr("File with these options, one a line: key=\"FILE\""));
  app.add_option("--socket", options.socket, tr("Directory of the data cluster's Unix socket"))
      ->required();
  app.add_option("--port", options.port, tr("Its port"))->capture_default_str();
  app.add_option("--database", options.database, tr("Its database"))->capture_default_str();
  app.add_option("--key", options.key, tr("The log key: a file of its own, mode 0400"))->required();
  app.add_option("--state", options.state,
                 tr("Directory of what was signed last; never restored with the database"))
      ->required();
  app.add_option("--published", options.published, tr("Directory of what everybody may read"))
      ->required();
  app.add_option("--log-host", options.log_host, tr("As log_host of the installation"))->required();
  app.add_option("--witnesses", options.witnesses,
                 tr("Policy (c2sp.org/tlog-policy) whose witnesses are asked and whose quorum a "
                    "checkpoint needs before it is published"));
  app.add_option("--witness-ca", options.witness_ca,
                 tr("Certificates that https witnesses are trusted by [the system's]"));
  app.add_option("--metrics", options.metrics,
                 tr("File of metrics about witnesses and time stamps, for a collector of such "
                    "files"));
  CommandOption* tsa = app.add_option(
      "--tsa", options.tsa,
      tr("URL of a time stamping authority (RFC 3161), asked once a day for each log"));
  CommandOption* tsa_ca = app.add_option("--tsa-ca", options.tsa_ca,
                                         tr("Certificates that its stamps are trusted by (PEM)"));
  tsa->needs(tsa_ca);
  app.add_option("--tsa-policy", options.tsa_policy,
                 tr("Policy (OID) that the stamps must be under [the authority's own]"));
  app.add_option("--tsa-every", options.tsa_every_hours, tr("Hours between two stamps of a log"))
      ->between(1, kTsaEveryHoursMax)
      ->capture_default_str();
  app.add_option("--user", options.user, tr("Started by root: go on as this user"));
}

int run(int argc, char** argv) {
  SignerOptions options;
  Program app(tr(kAbout), "assent-signer");
  add_options(app, options);
  app.require_subcommand(1);
  const auto add = [&](const char* name, const std::string& about) {
    return app.add_subcommand(name, about);
  };
  add("init", tr("Make the key of a new installation (never overwrites)"));
  add("run", tr("Sign until stopped"));
  add("rotate-key", tr("Replace the key; also what an installation of before needs once"));
  add("accept-fork", tr("Go on with a log that 'assent audit recover --fork' forked"))
      ->add_option("--log", options.log, tr("The log's id, or 'installation'"))
      ->required();
  add("receipt", tr("Print the receipt of the entry that names the key in use"));
  if (const auto over = app.parse(argc, argv, kUsage)) return *over;
  if (const auto refusal = environment_refusal()) {
    std::cerr << "assent-signer: " << *refusal << '\n';
    return kFailed;
  }
  options.key = std::filesystem::absolute(options.key);
  if (auto placed = take_place(options); !placed.ok()) return say(placed.error());
  if (app.got_subcommand("init")) return run_init(options);
  if (app.got_subcommand("rotate-key")) return run_rotate(options);
  if (app.got_subcommand("accept-fork")) return run_accept_fork(options);
  if (app.got_subcommand("receipt")) return run_receipt(options);
  return run_signer(options);
}

}  // namespace
}  // namespace assent

int main(int argc, char** argv) {
  using namespace assent;
  forbid_core_dumps();
  choose_language(argc, argv);
  survive_size_limits();
  try {
    crypto_ready();
    const int code = run(argc, argv);
    if (!std::cout.flush()) {
      return say({ErrorCode::kUnavailable, "the answer could not be written to the output"});
    }
    return code;
  } catch (const std::exception&) {
    // What an exception says may quote data: only that it happened is told.
    return say({ErrorCode::kUnavailable, "an unexpected failure; nothing more was done"});
  }
}
