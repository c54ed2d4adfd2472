#include "api/cmd_keys.h"

#include <iostream>

#include "api/command.h"
#include "api/installation.h"
#include "api/key_acts.h"
#include "api/key_status.h"
#include "core/secret_file.h"

namespace assent {
namespace {

constexpr std::size_t kShareFileBytesMax = 4096;

int run_init(const CommandLine& line) {
  const auto config = load_configuration(line);
  if (!config) return kFailed;
  SystemRandom random;
  const SystemClock clock;
  if (auto made = make_key_files(*config, clock, random); !made.ok()) return say(made.error());
  if (const auto* const root = std::get_if<FileRootPlace>(&config->custody.root)) {
    std::cout << tr("made {1} and its companions.", root->path.string()) << '\n'
              << tr("Keep a copy of the root key off this machine: without it nothing can be read.")
              << '\n';
  } else {
    std::cout << tr("made {1}, wrapped by the root of {2}, and the key of the tokens.",
                    config->custody.keyring.string(), root_kind_name(kind_of(config->custody.root)))
              << '\n'
              << tr("See that the root key has a backup: without it nothing can be read.") << '\n';
  }
  std::cout << tr("The key of the log is the signer's: 'assent-signer init' makes it.") << '\n';
  return kDone;
}

int run_status(const CommandLine& line, bool json) {
  auto services = open_services(line, Services::Check::kKeysOnly);
  if (!services) return kFailed;
  const auto status = key_status(*services);
  if (!status.ok()) return say(status.error());
  std::cout << (json ? key_status_json(*status) + "\n"
                     : key_status_text(*status, services->clock.now()));
  return kDone;
}

// What is left for the operator to do.
std::string advice_after(const Config& config) {
  return config.custody.next_root
             ? tr("Make keys.next_root the keys.root of the configuration, then destroy the old "
                  "root key and the shares of it.")
             : tr("Renew the copies of the root key and its shares: the old ones open nothing any "
                  "more but old copies of the keyring.");
}

int run_rotate_root(const CommandLine& line) {
  auto services = open_services(line);
  if (!services) return kFailed;
  const auto done = rotate_root_logged(*services);
  if (!done.ok()) return say(done.error());
  const RootRotation& rotation = done->rotation;
  std::cout << (rotation.was_done
                    ? tr("the rotation was done already: root {1}, generation {2}",
                         root_kind_name(rotation.kind), rotation.generation)
                    : tr_n("{1} epoch key is wrapped by the new root {2}, generation {3}",
                           "{1} epoch keys are wrapped by the new root {2}, generation {3}",
                           rotation.epochs, rotation.epochs, root_kind_name(rotation.kind),
                           rotation.generation))
            << '\n'
            << advice_after(services->config) << '\n';
  if (done->leaf.value.is_nil()) return kDone;
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, done->leaf));
}

int run_split_root(const CommandLine& line, const SplitOrder& order) {
  auto services = open_services(line);
  if (!services) return kFailed;
  const auto done = split_root_to_files(*services, order);
  if (!done.ok()) return say(done.error());
  for (const auto& file : done->files) std::cout << file.string() << '\n';
  std::cout << tr("set {1}: any {2} of these {3} shares give the root key back", done->set,
                  order.threshold, order.shares)
            << '\n'
            << tr("Give each to another person, and leave none here. Try them once with 'assent "
                  "keys recover-root --out FILE'.")
            << '\n';
  return conclude(*services, TenantId{}, keep_receipt(line, *services, TenantId{}, done->leaf));
}

struct RecoverOptions {
  std::vector<std::filesystem::path> shares;
  std::filesystem::path out;
};

// Adds what parses and fits; says of what does not which one it was.
bool take_share(ShareSet& set, const std::string& name, std::string_view text) {
  auto share = parse_share(text);
  const Status added = share.ok() ? set.add(std::move(*share)) : Status(share.error());
  if (!added.ok()) say_text(name + ": " + tr(added.error().reason));
  return added.ok();
}

bool take_files(ShareSet& set, const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) {
    const auto text = read_private_file(file, kShareFileBytesMax);
    if (!text.ok()) {
      say_text(file.string() + ": " + tr(text.error().reason));
      return false;
    }
    if (!take_share(set, file.string(), text->reveal())) return false;
  }
  return true;
}

// A line a share, until there are enough; one that is mistyped is asked for again.
void take_typed(ShareSet& set) {
  for (int number = 1; set.missing() > 0;) {
    const std::string name = tr("share {1}", number);
    const Plaintext text = read_line(tr("{1}, all 25 groups on one line; nothing ends", name));
    if (text.empty()) return;
    if (take_share(set, name, text.reveal())) ++number;
  }
}

int run_recover_root(const CommandLine& line, const RecoverOptions& options) {
  const auto config = load_configuration(line);
  if (!config) return kFailed;
  std::filesystem::path file = options.out;
  if (file.empty()) {
    const auto* const root = std::get_if<FileRootPlace>(&config->custody.root);
    if (root == nullptr) return say("keys.root is no file: name one with --out FILE");
    file = root->path;
  }
  ShareSet set;
  if (!take_files(set, options.shares)) return kFailed;
  if (options.shares.empty()) take_typed(set);
  if (const std::size_t missing = set.missing(); missing > 0) {
    return say_text(tr_n("there are too few shares: {1} more is needed",
                         "there are too few shares: {1} more are needed", missing, missing));
  }
  const auto root = set.join();
  if (!root.ok()) return say(root.error());
  auto recovered = recover_root(config->custody.keyring, file, *root, set.generation());
  if (!recovered.ok()) return say(recovered.error());
  std::cout << tr("the root key opens the keyring and lies in {1}", file.string()) << '\n';
  return kDone;
}

void add_split_command(Command& keys, CommandLine& line) {
  auto order = std::make_shared<SplitOrder>();
  Command* split = keys.add_subcommand(
      "split-root", tr("Split the root key into shares for several people (Shamir)"));
  split->add_option("--shares", order->shares, tr("How many shares to make"))->required();
  split->add_option("--threshold", order->threshold, tr("How many of them give the key back"))
      ->required();
  split->add_option("--out", order->directory, tr("Directory for the shares, a file each"))
      ->required();
  add_receipt_option(*split, line);
  split->callback([order, &line] { line.exit_code = run_split_root(line, *order); });
}

void add_recover_command(Command& keys, CommandLine& line) {
  auto options = std::make_shared<RecoverOptions>();
  Command* recover = keys.add_subcommand(
      "recover-root", tr("Put the root key back from its shares: files, else typed in"));
  recover->add_option("SHARE", options->shares, tr("Files of shares"));
  recover->add_option("--out", options->out,
                      tr("Where the root key goes [keys.root of the configuration]"));
  recover->callback([options, &line] { line.exit_code = run_recover_root(line, *options); });
}

}  // namespace

void add_keys_command(Command& app, CommandLine& line) {
  Command* keys = app.add_subcommand("keys", tr("The installation's keys"));
  keys->require_subcommand(1);
  keys->add_subcommand("init", tr("Make the keys of a new installation (never overwrites)"))
      ->callback([&line] { line.exit_code = run_init(line); });
  auto json = std::make_shared<bool>(false);
  Command* status = keys->add_subcommand("status", tr("Root, epochs, how many keys, warnings"));
  status->add_flag("--json", *json, tr("One JSON object"));
  status->callback([json, &line] { line.exit_code = run_status(line, *json); });
  Command* rotate = keys->add_subcommand(
      "rotate-root", tr("Wrap the epoch keys under a new root: keys.next_root, else a new file"));
  add_receipt_option(*rotate, line);
  rotate->callback([&line] { line.exit_code = run_rotate_root(line); });
  add_epoch_commands(*keys, line);
  add_rotation_commands(*keys, line);
  add_split_command(*keys, line);
  add_recover_command(*keys, line);
  add_keys_backup_commands(*keys, line);
  add_keys_restore_command(*keys, line);
}

}  // namespace assent
