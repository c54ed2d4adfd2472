#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "api/installation.h"
#include "api/routes.h"
#include "tests/support/world.h"

namespace assent {

// A whole installation without sockets: services on the test clusters, keys of its own, a tenant
// with a token of every role, and the routes.
class ApiWorld {
 public:
  explicit ApiWorld(const std::filesystem::path& policies = source() / "policies");
  ~ApiWorld();

  static std::filesystem::path source() { return ASSENT_SOURCE_DIR; }
  Services& services() { return *services_; }
  const Router& router() const { return router_; }
  TenantId tenant() const { return admin_.info.tenant; }
  const std::string& token_of(const std::string& role) const { return tokens_.at(role); }

  // A token of this tenant that ends at `ends_us`.
  std::string token(const std::string& role, std::int64_t ends_us, Uuid* id = nullptr);
  void revoke(const Uuid& id);
  // Another controller of the same installation: its first token, an administrator's.
  TokenStore::Created new_tenant();

  // What the routes answer, as the server would ask them. `path` may have a query.
  Response call(Method method, const std::string& path, const std::string& token,
                const std::string& body = "", const std::string& type = "application/json");
  Response as(const std::string& role, Method method, const std::string& path,
              const std::string& body = "");

  std::string address = "192.0.2.1";  // From where calls come.

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<Services> services_;
  TokenStore::Created admin_;
  Router router_;
  std::map<std::string, std::string> tokens_;
};

}  // namespace assent
