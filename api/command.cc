#include "api/command.h"

#include <unistd.h>

#include <iostream>

#include "audit/log_store.h"
#include "core/environment.h"
#include "core/file.h"
#include "rights/follower.h"

namespace assent {
namespace {

constexpr std::size_t kTokenFileBytesMax = 4096;
constexpr std::chrono::seconds kSignerPatience{2};  // It looks every 200 ms.

std::optional<std::string> token_of(const CommandLine& line) {
  auto text = read_file(line.token_file, kTokenFileBytesMax);
  if (!text.ok()) {
    say("the token file cannot be read: name it with --token-file FILE (a file that holds the "
        "token and nothing else)");
    return std::nullopt;
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return std::move(*text);
}

}  // namespace

int say_text(const std::string& what) {
  std::cerr << "assent: " << what << '\n';
  return kFailed;
}

int say(const Error& error) {
  std::string text = tr(error.reason);
  if (error.position && error.position->line != 0) {
    text += ", " + tr("line {1}", error.position->line);
    if (error.position->column != 0) text += ", " + tr("column {1}", error.position->column);
  }
  if (error.field) text += " (" + error.field->text() + ")";
  return say_text(text);
}

std::optional<Config> load_configuration(const CommandLine& line) {
  if (const auto refusal = environment_refusal()) {
    say_text(*refusal);
    return std::nullopt;
  }
  auto loaded = load_config(line.config_file);
  if (!loaded.config) say_text(loaded.error.message);
  return std::move(loaded.config);
}

std::unique_ptr<Services> open_services(const CommandLine& line, Services::Check check) {
  auto config = load_configuration(line);
  if (!config) return nullptr;
  StartRefusal refusal;
  auto services = Services::open(*config, check, refusal);
  if (!services) {
    say_text(refusal.what);
    std::cerr << "  " << tr("what to do: {1}", refusal.remedy) << '\n';
  }
  return services;
}

int with_caller(const CommandLine& line, StaticText action, const Work& work,
                Services::Check check) {
  auto services = open_services(line, check);
  if (!services) return kFailed;
  auto token = token_of(line);
  if (!token) return kFailed;
  auto caller = services->door.admit(*token, action, line.on_behalf_of);
  wipe(token->data(), token->size());
  if (!caller.ok()) return say(caller.error());
  return conclude(*services, caller->tenant, work(*services, *caller));
}

Result<bool> settle_log(Services& services, TenantId tenant) {
  if (auto numbered = services.number_log(tenant); !numbered.ok()) return numbered.error();
  return wait_until_signed(services.data, tenant, kSignerPatience);
}

// What people refused by a command is in the safe's journal when it returns, whether a server runs
// or not: a restore replays it from there.
void follow_denials(Services& services, TenantId tenant) {
  if (tenant == TenantId{}) return;
  const DenialFollower follower(services.data, services.following);
  if (follower.run_once(tenant).ok()) return;
  std::cerr << tr("what was refused reaches the journal of the safe when the server runs") << '\n';
}

int conclude(Services& services, TenantId tenant, int exit_code) {
  follow_denials(services, tenant);
  auto settled = settle_log(services, tenant);
  if (!settled.ok()) {
    say("what was done is committed, but the log could not be numbered:");
    return say(settled.error());
  }
  if (!*settled) {
    std::cerr << tr("what was done is committed and in the log; its signed checkpoint follows when "
                    "assent-signer runs")
              << '\n';
  }
  return exit_code;
}

void add_receipt_option(Command& command, CommandLine& line) {
  command.add_option("--receipt", line.receipt_file,
                     tr("File for the receipt of the act, for assent-verify entry"));
}

int keep_receipt(const std::filesystem::path& file, Services& services, TenantId tenant,
                 EventId event) {
  if (file.empty()) return kDone;
  if (auto numbered = services.number_log(tenant); !numbered.ok()) return say(numbered.error());
  auto receipt = wait_for_checkpoint(services.data, tenant, event, kSignerPatience);
  if (receipt.ok()) {
    auto written = replace_file(file, *receipt, 0644);
    return written.ok() ? kDone : say(written.error());
  }
  if (receipt.error().code != ErrorCode::kUnavailable) return say(receipt.error());
  std::error_code ignored;  // One of an earlier act must not pass for this one's.
  std::filesystem::remove(file, ignored);
  std::cerr << (tenant == TenantId{}
                    ? tr("the receipt is not there yet; the installation's log has the act as {1}",
                         event.text())
                    : tr("the receipt is not there yet; later: assent audit proof {1}",
                         event.text()))
            << '\n';
  return kDone;
}

Plaintext read_line(const std::string& prompt) {
  if (::isatty(STDIN_FILENO) != 0) std::cerr << prompt << ": ";
  std::string line;
  std::getline(std::cin, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  Plaintext value(line);
  wipe(line.data(), line.size());
  return value;
}

}  // namespace assent
