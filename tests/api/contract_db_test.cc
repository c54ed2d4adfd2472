#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "tests/api/api_world.h"

namespace assent {
namespace {

YAML::Node contract() {
  return YAML::LoadFile((ApiWorld::source() / "api/openapi.yaml").string());
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return std::tolower(c); });
  return out;
}

// Calls `visit` with path, method and operation.
template <class Visit>
void each_operation(const YAML::Node& contract, Visit visit) {
  for (const auto& path : contract["paths"]) {
    for (const auto& operation : path.second) {
      const auto method = operation.first.as<std::string>();
      if (method != "parameters") visit(path.first.as<std::string>(), method, operation.second);
    }
  }
}

TEST(ContractTest, DescribesExactlyTheRoutesThereAre) {
  ApiWorld world;
  std::set<std::string> routes;
  for (const Route& route : world.router().routes()) {
    routes.insert(lower(method_name(route.method).view()) + ' ' +
                  std::string(route.pattern.view()) + ' ' + std::string(route.action.view()));
  }
  std::set<std::string> described;
  each_operation(contract(), [&](const auto& path, const auto& method, const YAML::Node& one) {
    described.insert(method + ' ' + path + ' ' + one["x-action"].template as<std::string>());
  });
  EXPECT_EQ(described, routes);
}

TEST(ContractTest, EveryOperationSaysWhatItDoesAndAnswers) {
  each_operation(contract(), [](const auto& path, const auto& method, const YAML::Node& one) {
    SCOPED_TRACE(method + ' ' + path);
    EXPECT_GT(one["description"].as<std::string>("").size(), 10u);
    EXPECT_FALSE(one["summary"].as<std::string>("").empty());
    EXPECT_FALSE(one["x-title-ru"].as<std::string>("").empty());
    EXPECT_TRUE(one["responses"]["default"]);
    EXPECT_GE(one["responses"].size(), 2u);
  });
}

TEST(ContractTest, OperationsAreNamedByTheirActionEachOnce) {
  std::set<std::string> names;
  each_operation(contract(), [&](const auto&, const auto&, const YAML::Node& one) {
    const auto name = one["operationId"].template as<std::string>();
    EXPECT_TRUE(name.starts_with(one["x-action"].template as<std::string>())) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  });
}

TEST(ContractTest, OnlyPublicActionsNeedNoToken) {
  ApiWorld world;
  each_operation(contract(), [&](const auto& path, const auto&, const YAML::Node& one) {
    const bool open = one["security"] && one["security"].size() == 0;
    const auto action = one["x-action"].template as<std::string>();
    EXPECT_EQ(open, world.services().roles.is_public(action)) << path;
    EXPECT_EQ(!open, static_cast<bool>(one["responses"]["401"])) << path;
  });
}

TEST(ContractTest, IsServedAsItStands) {
  ApiWorld world;
  const Response served = world.call(Method::kGet, "/v1/openapi.yaml", "");
  EXPECT_EQ(served.status, 200);
  EXPECT_EQ(YAML::Load(served.body)["openapi"].as<std::string>(), "3.1.0");
}

}  // namespace
}  // namespace assent
