#include <openssl/crypto.h>

#include <exception>
#include <iostream>

#include "commands.h"
#include "core/digest.h"
#include "core/program.h"
#include "core/text.h"

namespace {

constexpr int kCannotTellExit = 2;
constexpr int kUsageExit = 3;

constexpr assent::StaticText kAbout =
    "Checks what a log of Assent gave out, with public keys only: no network, no database, no "
    "secret.";

constexpr assent::StaticText kTeaching = R"(
What to ask for
  From the operator: a bundle (assent audit export), a receipt (.tlog-proof) with its leaf, a
  certificate (assent rights certificate), the evidence of a release (assent release evidence).
  From somebody else, by another way: policy.txt, the text of c2sp.org/tlog-policy that names
  whom you trust (assent audit policy). The smallest one has two lines:
      log cdp.example/acme/log1+e02b04b4+ARPZkIpwklmS7VRgB9J/UNpounIX72KsPMp4RSn/EEcc
      quorum none
  A release needs one more, with the key that signs manifests: log cdp.example/acme/log1/release+...
  Keep the checkpoint of each bundle you checked: with --since it shows that the log only grew.
  A time stamp (.tsr) with the checkpoint it stamps, and tsa-ca.pem, from its authority itself.

Exit codes
  0  VERIFIED
  1  TAMPERED: the evidence contradicts itself, its signature or an older checkpoint
  2  CANNOT TELL: a key, a witness or a part is missing, or something cannot be read.
     Without --policy the best result is 2: anybody can make a log that agrees with itself.
  3  wrong usage

Never proved by any log: events that were never recorded, anything after the newest checkpoint,
and that what was recorded is true.)";

struct Options {
  assent::BundleCommand bundle;
  assent::EntryCommand entry;
  assent::CompareCommand compare;
  assent::ErasureCommand erasure;
  assent::ReleaseCommand release;
  assent::StateCommand state;
  assent::StampCommand stamp;
  std::string leaf;
  bool json = false;
};

constexpr assent::StaticText kTsaCa =
    "certificates that time stamps are trusted by (PEM), got from the authority itself";

using assent::tr;

void add_shared(assent::Command& command, std::string& policy, bool& json) {
  command.add_option("--policy", policy, tr("whom to trust (c2sp.org/tlog-policy)"));
  command.add_flag("--json", json, tr("print one JSON object"));
}

void add_commands(assent::Command& app, Options& o) {
  assent::Command* bundle =
      app.add_subcommand("bundle", tr("a range of the log: every leaf, the proofs, "
                                      "the signatures, the writers, the time order"));
  bundle->add_option("FILE", o.bundle.bundle, tr("the bundle, - for standard input"))->required();
  assent::CommandOption* since =
      bundle->add_option("--since", o.bundle.since, tr("an older checkpoint that you hold"));
  bundle
      ->add_option("--timestamp", o.bundle.stamp,
                   tr("a time stamp (RFC 3161) of the older checkpoint"))
      ->needs(since);
  bundle->add_option("--tsa-ca", o.bundle.tsa_ca, tr(kTsaCa));
  add_shared(*bundle, o.bundle.policy, o.json);

  assent::Command* entry = app.add_subcommand("entry", tr("one event and its receipt"));
  entry->add_option("FILE", o.entry.proof, tr("the receipt (c2sp.org/tlog-proof)"))->required();
  entry->add_option("--leaf", o.entry.leaf, tr("the leaf, bytes or base64"))->required();
  add_shared(*entry, o.entry.policy, o.json);

  assent::Command* compare =
      app.add_subcommand("compare", tr("is one checkpoint an extension of another?"));
  compare->add_option("OLDER", o.compare.older, tr("the smaller checkpoint"))->required();
  compare->add_option("NEWER", o.compare.newer, tr("the larger checkpoint"))->required();
  compare->add_option("--proof", o.compare.proof, tr("consistency proof, one base64 hash a line"));
  add_shared(*compare, o.compare.policy, o.json);

  assent::Command* erasure = app.add_subcommand("erasure", tr("the certificate of an erasure"));
  erasure->add_option("FILE", o.erasure.certificate, tr("the certificate"))->required();
  erasure->add_option("--bundle", o.erasure.bundle, tr("also: was the request closed with it?"));
  assent::CommandOption* burn = erasure->add_option(
      "--burn", o.erasure.burn,
      tr("also: was the epoch of its keys burned? The receipt of KEK_EPOCH_BURNED"));
  burn->needs(erasure->add_option("--burn-leaf", o.erasure.burn_leaf, tr("the entry of --burn"))
                  ->needs(burn));
  add_shared(*erasure, o.erasure.policy, o.json);

  assent::Command* release = app.add_subcommand("release", tr("the evidence of a release"));
  release->add_option("FILE", o.release.evidence, tr("what assent release evidence wrote"))
      ->required();
  release->add_option("--delivered", o.release.delivered, tr("also: is this the file that left?"));
  release->add_option("--bundle", o.release.bundle, tr("also: does the log tell of it?"));
  add_shared(*release, o.release.policy, o.json);

  assent::Command* state = app.add_subcommand("state", tr("the live tables against the log"));
  state
      ->add_option("--bundle", o.state.bundle,
                   tr("the log, from its first entry to after the dump"))
      ->required();
  state->add_option("--dump", o.state.dump, tr("what assent audit dump-state wrote"))->required();
  add_shared(*state, o.state.policy, o.json);

  assent::Command* stamp = app.add_subcommand(
      "timestamp", tr("was the tree of a checkpoint there not later than its time stamp says?"));
  stamp->add_option("CHECKPOINT", o.stamp.checkpoint, tr("the checkpoint, as it was stamped"))
      ->required();
  stamp->add_option("FILE", o.stamp.stamp, tr("its time stamp (RFC 3161, .tsr)"))->required();
  stamp->add_option("--tsa-ca", o.stamp.tsa_ca, tr(kTsaCa));
  add_shared(*stamp, o.stamp.policy, o.json);

  assent::Command* explain = app.add_subcommand("explain", tr("one leaf as readable text"));
  explain->add_option("LEAF", o.leaf, tr("the leaf, bytes or base64"))->required();
}

int dispatch(const assent::Program& app, Options& o) {
  const auto format = o.json ? assent::Format::kJson : assent::Format::kText;
  o.bundle.format = o.entry.format = o.compare.format = format;
  o.erasure.format = o.release.format = o.state.format = o.stamp.format = format;
  if (app.got_subcommand("bundle")) return assent::run(o.bundle, std::cout);
  if (app.got_subcommand("entry")) return assent::run(o.entry, std::cout);
  if (app.got_subcommand("compare")) return assent::run(o.compare, std::cout);
  if (app.got_subcommand("erasure")) return assent::run(o.erasure, std::cout);
  if (app.got_subcommand("release")) return assent::run(o.release, std::cout);
  if (app.got_subcommand("state")) return assent::run(o.state, std::cout);
  if (app.got_subcommand("timestamp")) return assent::run(o.stamp, std::cout);
  return assent::explain_file(o.leaf, std::cout);
}

}  // namespace

int main(int argc, char** argv) try {
  std::ios::sync_with_stdio(false);
  // What this machine configures OpenSSL with has no say in a verdict.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  assent::choose_language(argc, argv);
  assent::crypto_ready();
  assent::Program app(tr(kAbout), "assent-verify");
  app.footer(tr(kTeaching));
  app.require_subcommand(1);
  Options options;
  add_commands(app, options);
  if (const auto over = app.parse(argc, argv, kUsageExit)) return *over;
  const int code = dispatch(app, options);
  std::cout.flush();
  return std::cout ? code : kCannotTellExit;
} catch (const std::exception&) {
  std::cerr << tr("RESULT  CANNOT TELL   the machine failed (memory, disk or a bug)") << '\n';
  return kCannotTellExit;
}
