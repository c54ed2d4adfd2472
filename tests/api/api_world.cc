#include "tests/api/api_world.h"

#include <unistd.h>

#include <stdexcept>

namespace assent {
namespace {

Act act() {
  Act act;
  act.actor_kind = ActorKind::kSystem;
  act.purpose = PurposeCode::kOperations;
  return act;
}

Config config_in(const std::filesystem::path& directory, const std::filesystem::path& policies) {
  Config config;
  config.data = TestClusters::instance().data("");
  config.safe = TestClusters::instance().safe("");
  config.data.sessions = config.safe.sessions = 4;
  config.custody.root = FileRootPlace{directory / "root.key"};
  config.custody.keyring = directory / "keyring";
  config.token_key = directory / "token.key";
  config.published = directory / "published";
  config.policies = policies;
  config.migrations = ApiWorld::source() / "migrations";
  config.log_host = "test.example";
  config.database_country = "DE";
  return config;
}

std::unique_ptr<Services> open(const Config& config) {
  SystemRandom random;
  const SystemClock clock;
  if (!make_key_files(config, clock, random).ok()) throw std::runtime_error("no keys");
  StartRefusal refusal;
  auto services = Services::open(config, Services::Check::kKeysOnly, refusal);
  if (!services) throw std::runtime_error(refusal.what);
  return services;
}

}  // namespace

ApiWorld::ApiWorld(const std::filesystem::path& policies)
    : services_(open(config_in(directory_.path(), policies))),
      admin_(new_tenant()),
      router_(make_routes(*services_)) {
  for (const std::string& role : services_->roles.names()) {
    tokens_[role] = token(role, services_->clock.now().us + kDayUs);
  }
}

ApiWorld::~ApiWorld() = default;

std::string ApiWorld::token(const std::string& role, std::int64_t ends_us, Uuid* id) {
  auto created = services_->tokens.create(tenant(), act(), {role, role, {}, {ends_us}});
  if (!created.ok()) throw std::runtime_error("no token");
  if (id != nullptr) *id = created->info.id;
  return std::string(created->secret.reveal());
}

void ApiWorld::revoke(const Uuid& id) {
  if (!services_->tokens.revoke(tenant(), act(), id).ok()) throw std::runtime_error("not revoked");
}

TokenStore::Created ApiWorld::new_tenant() {
  static int number = 0;
  auto created = create_tenant(
      *services_,
      {"t" + std::to_string(::getpid()) + "-" + std::to_string(++number), "DE", {"DE", "RU"}});
  if (!created.ok()) throw std::runtime_error("no tenant");
  return std::move(*created);
}

Response ApiWorld::call(Method method, const std::string& path, const std::string& token,
                        const std::string& body, const std::string& type) {
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

Response ApiWorld::as(const std::string& role, Method method, const std::string& path,
                      const std::string& body) {
  return call(method, path, token_of(role), body);
}

}  // namespace assent
