#include <exception>
#include <iostream>

#include "commands.h"
#include "core/environment.h"
#include "core/process.h"
#include "core/program.h"
#include "core/text.h"

namespace {

constexpr int kFailedExit = 1;
constexpr int kUsageExit = 2;

constexpr assent::StaticText kAbout =
    "Watches logs for whoever need not trust their operator: cosigns a checkpoint only when it "
    "extends the one cosigned before. Needs no database and sees no personal data.";

constexpr assent::StaticText kTeaching = R"(
A first day, on a machine of the auditor, the parent company or another department:
  assent-witness init --name witness.example/w1 --key witness.key
      prints the verifier key; give it to the operator and to everybody who checks the log
  assent-witness add-log --state witness cdp.example/acme/log1+e02b04b4+ARPZkIpwklmS7VRgB9J/...
      the verifier key of the log: the line "log" of what assent audit policy prints
  assent-witness serve --state witness --key witness.key --address 127.0.0.1:8091
      the operator's signer sends checkpoints there (c2sp.org/tlog-witness)
  assent-witness status --state witness --key witness.key
Who checks the log then asks for the cosignature in policy.txt (c2sp.org/tlog-policy):
  log cdp.example/acme/log1+e02b04b4+...
  witness w1 witness.example/w1+c126fd3b+...
  quorum w1

Guard two things
  The key: whoever has it can cosign. The state directory: it is the witness's memory. Never
  restore it from a backup; when it is lost, begin with a new key and a new name, for an old key
  without its memory could cosign a second history. One state directory belongs to one key.
  A witness that its operator's own administrators can reach proves little.

Over HTTP
  POST /add-checkpoint, GET /<SHA-256 of the origin>/checkpoint, GET /metrics

Exit codes
  0  done    1  failed; standard error says why    2  wrong usage)";

using assent::tr;

struct Options {
  assent::InitCommand init;
  assent::AddLogCommand add_log;
  assent::ServeCommand serve;
  assent::StatusCommand status;
};

void add_commands(assent::Command& app, Options& o) {
  const auto key_text = tr("file of the witness's key; the public key is beside it, in .vkey");
  const auto state_text = tr("directory of what the witness remembers");
  assent::Command* init =
      app.add_subcommand("init", tr("make the witness's key and print its public one"));
  init->add_option("--name", o.init.name, tr("name of the witness, as witness.example/w1"))
      ->required();
  init->add_option("--key", o.init.key, key_text)->required();

  assent::Command* add_log =
      app.add_subcommand("add-log", tr("let the witness know a log, or another "
                                       "key of one"));
  add_log->add_option("--state", o.add_log.state, state_text)->required();
  add_log->add_option("VKEY", o.add_log.vkeys, tr("verifier keys of logs"))->required();

  assent::Command* serve =
      app.add_subcommand("serve", tr("answer requests for cosignatures until stopped"));
  serve->add_option("--state", o.serve.state, state_text)->required();
  serve->add_option("--key", o.serve.key, key_text)->required();
  serve->add_option("--address", o.serve.address, tr("ADDRESS:PORT; port 0 takes a free one"))
      ->capture_default_str();
  serve->add_option("--tls-certificate", o.serve.tls_certificate, tr("certificate chain, PEM"));
  serve->add_option("--tls-key", o.serve.tls_key, tr("key of the certificate, PEM"));

  assent::Command* status = app.add_subcommand("status", tr("what was cosigned last of each log"));
  status->add_option("--state", o.status.state, state_text)->required();
  status->add_option("--key", o.status.key, key_text)->required();
}

int dispatch(const assent::Program& app, const Options& o) {
  if (app.got_subcommand("init")) return assent::run(o.init);
  if (app.got_subcommand("add-log")) return assent::run(o.add_log);
  if (app.got_subcommand("serve")) return assent::run(o.serve);
  return assent::run(o.status);
}

}  // namespace

int main(int argc, char** argv) try {
  assent::forbid_core_dumps();
  assent::survive_size_limits();
  assent::choose_language(argc, argv);
  assent::crypto_ready();
  assent::Program app(tr(kAbout), "assent-witness");
  app.footer(tr(kTeaching));
  app.require_subcommand(1);
  Options options;
  add_commands(app, options);
  if (const auto over = app.parse(argc, argv, kUsageExit)) return *over;
  if (const auto refusal = assent::environment_refusal()) {
    std::cerr << "assent-witness: " << *refusal << '\n';
    return kFailedExit;
  }
  const int code = dispatch(app, options);
  if (std::cout.flush()) return code;
  return assent::say(
      {assent::ErrorCode::kUnavailable, "the answer could not be written to the output"});
} catch (const std::exception&) {
  return assent::say({assent::ErrorCode::kCorrupt, "an unexpected failure; nothing more was done"});
}
