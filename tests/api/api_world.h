#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "api/installation.h"
#include "api/routes.h"
#include "tests/support/world.h"

namespace assent {

// A whole installation without sockets: services on the test clusters, keys of its own, a tenant
// with a token of every role, and the routes.
class ApiWorld {
 public:
  explicit ApiWorld(const std::filesystem::path& policies = source() / "policies")
      : services_(open(config(policies))), admin_(new_tenant()), router_(make_routes(*services_)) {
    for (const std::string& role : services_->roles.names()) {
      tokens_[role] = token(role, services_->clock.now().us + kDayUs);
    }
  }

  static std::filesystem::path source() { return ASSENT_SOURCE_DIR; }
  Services& services() { return *services_; }
  const Router& router() const { return router_; }
  TenantId tenant() const { return admin_.info.tenant; }
  const std::string& token_of(const std::string& role) const { return tokens_.at(role); }

  // A token of this tenant that ends at `ends_us`.
  std::string token(const std::string& role, std::int64_t ends_us, Uuid* id = nullptr) {
    auto created = services_->tokens.create(tenant(), act(), {role, role, {}, {ends_us}});
    if (!created.ok()) throw std::runtime_error("no token");
    if (id != nullptr) *id = created->info.id;
    return std::string(created->secret.reveal());
  }
  void revoke(const Uuid& id) {
    if (!services_->tokens.revoke(tenant(), act(), id).ok())
      throw std::runtime_error("not revoked");
  }
  // Another controller of the same installation: its first token, an administrator's.
  TokenStore::Created new_tenant() {
    static int number = 0;
    auto created = create_tenant(
        *services_,
        {"t" + std::to_string(::getpid()) + "-" + std::to_string(++number), "DE", {"DE", "RU"}});
    if (!created.ok()) throw std::runtime_error("no tenant");
    return std::move(*created);
  }

  // What the routes answer, as the server would ask them. `path` may have a query.
  Response call(Method method, const std::string& path, const std::string& token,
                const std::string& body = "", const std::string& type = "application/json") {
    auto target = parse_target(path);
    if (!target.ok()) throw std::logic_error("no request target");
    const Routing routing = router_.find(method, target->path);
    if (routing.route == nullptr) throw std::logic_error("no such route");
    Request request;
    request.method = method;
    request.path = target->path;
    request.query = target->query;
    request.params = routing.params;
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    if (!body.empty()) request.headers.add("Content-Type", type);
    request.body = Plaintext(body);
    request.remote_address = Plaintext(address);
    request.id = {Uuid::v7(services_->clock, services_->random)};
    return routing.route->handler(request);
  }
  Response as(const std::string& role, Method method, const std::string& path,
              const std::string& body = "") {
    return call(method, path, token_of(role), body);
  }

  std::string address = "192.0.2.1";  // From where calls come.

 private:
  static Act act() {
    Act act;
    act.actor_kind = ActorKind::kSystem;
    act.purpose = PurposeCode::kOperations;
    return act;
  }
  Config config(const std::filesystem::path& policies) const {
    const auto& directory = directory_.path();
    Config config;
    config.data = TestClusters::instance().data("");
    config.safe = TestClusters::instance().safe("");
    config.data.sessions = config.safe.sessions = 4;
    config.custody.root = FileRootPlace{directory / "root.key"};
    config.custody.keyring = directory / "keyring";
    config.token_key = directory / "token.key";
    config.published = directory / "published";
    config.policies = policies;
    config.migrations = source() / "migrations";
    config.log_host = "test.example";
    config.database_country = "DE";
    return config;
  }
  static std::unique_ptr<Services> open(const Config& config) {
    SystemRandom random;
    const SystemClock clock;
    if (!make_key_files(config, clock, random).ok()) throw std::runtime_error("no keys");
    StartRefusal refusal;
    auto services = Services::open(config, Services::Check::kKeysOnly, refusal);
    if (!services) throw std::runtime_error(refusal.what);
    return services;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Services> services_;
  TokenStore::Created admin_;
  Router router_;
  std::map<std::string, std::string> tokens_;
};

}  // namespace assent
