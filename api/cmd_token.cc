#include <iostream>

#include "api/command.h"

namespace assent {
namespace {

struct TokenOptions {
  std::string name;
  std::string role;
  std::vector<std::string> scopes;
  int days = 90;
  bool acts_for_others = false;
  std::string id;
};

Act terminal_act(Services& services, const Caller& caller) {
  return act_of(caller, PurposeCode::kOperations, {Uuid::v7(services.clock, services.random)});
}

int run_create(const CommandLine& line, const TokenOptions& options) {
  return with_caller(line, "token.create", [&](Services& services, const Caller& caller) {
    auto token = new_token(services.roles, services.clock.now(), options.name, options.role,
                           options.scopes, options.days, options.acts_for_others);
    if (!token.ok()) return say(token.error());
    auto created = services.tokens.create(caller.tenant, terminal_act(services, caller), *token);
    if (!created.ok()) return say(created.error());
    std::cerr << tr("token {1}, role {2}, ends {3}; shown this once:", created->info.id.text(),
                    created->info.role, to_iso(utc_date(created->info.expires_at)))
              << '\n';
    std::cout << created->secret.reveal() << '\n';
    return keep_receipt(line, services, caller.tenant, created->leaf);
  });
}

std::string state_of(const TokenInfo& token, Timestamp now) {
  if (token.revoked_at) return tr("revoked");
  return token.expires_at <= now ? tr("ended") : tr("valid");
}

int run_list(const CommandLine& line) {
  return with_caller(line, "token.list", [](Services& services, const Caller& caller) {
    auto tokens = services.tokens.list(caller.tenant);
    if (!tokens.ok()) return say(tokens.error());
    for (const TokenInfo& token : *tokens) {
      std::cout << token.id.text() << "  " << state_of(token, services.clock.now()) << "  "
                << token.role << (token.acts_for_others ? " " + tr("for others") : "") << "  "
                << tr("ends {1}", to_iso(utc_date(token.expires_at))) << "  " << token.name << '\n';
    }
    return kDone;
  });
}

int run_revoke(const CommandLine& line, const std::string& id) {
  return with_caller(line, "token.revoke", [&](Services& services, const Caller& caller) {
    const auto uuid = Uuid::parse(id);
    if (!uuid) return say("a token is named by its id, as 'assent token list' shows it");
    auto revoked = services.tokens.revoke(caller.tenant, terminal_act(services, caller), *uuid);
    if (!revoked.ok()) return say(revoked.error());
    std::cout << tr("revoked {1}; it acts on the next request", id) << '\n';
    return keep_receipt(line, services, caller.tenant, *revoked);
  });
}

}  // namespace

void add_token_command(Command& app, CommandLine& line) {
  Command* token = app.add_subcommand("token", tr("Tokens: who may call"));
  token->require_subcommand(1);
  auto options = std::make_shared<TokenOptions>();
  Command* create = token->add_subcommand("create", tr("Make a token and print it once"));
  create
      ->add_option("--role", options->role,
                   tr("administrator, officer, marketer, auditor, integrator"))
      ->required();
  create->add_option("--name", options->name, tr("What it is for"))->required();
  create
      ->add_option("--scopes", options->scopes,
                   tr("Limit it to these actions of policies/roles.yaml"))
      ->delimiter(',');
  create->add_option("--days", options->days, tr("Days until it ends"))->capture_default_str();
  create->add_flag("--acts-for-others", options->acts_for_others,
                   tr("Let it say on whose behalf it calls: for a system that acts for people"));
  add_receipt_option(*create, line);
  create->callback([options, &line] { line.exit_code = run_create(line, *options); });
  token->add_subcommand("list", tr("List the tenant's tokens (never their secrets)"))
      ->callback([&line] { line.exit_code = run_list(line); });
  Command* revoke = token->add_subcommand("revoke", tr("End a token at once"));
  revoke->add_option("id", options->id, tr("Its id"))->required();
  add_receipt_option(*revoke, line);
  revoke->callback([options, &line] { line.exit_code = run_revoke(line, options->id); });
}

}  // namespace assent
