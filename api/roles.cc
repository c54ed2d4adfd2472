#include "api/roles.h"

#include <yaml-cpp/yaml.h>

#include <optional>

namespace assent {
namespace {

Error wrong(const YAML::Node& node, StaticText reason) {
  return {ErrorCode::kInvalid, reason, Position{static_cast<std::uint64_t>(node.Mark().line + 1)},
          CatalogueName::from_policy("roles.yaml")};
}

constexpr std::uint32_t kSharesMax = 100'000;

std::optional<std::uint32_t> share_of(const YAML::Node& node) {
  const auto number = node.as<std::uint32_t>();
  return number >= 1 && number <= kSharesMax ? std::optional(number) : std::nullopt;
}

Result<LookupShare> read_share(const YAML::Node& node) {
  LookupShare share;
  for (const auto& detail : node) {
    const auto key = detail.first.as<std::string>();
    if (key != "a_minute" && key != "misses_an_hour") return wrong(detail.first, "unknown key");
    const auto number = share_of(detail.second);
    if (!number) return wrong(detail.second, "a number from 1 to 100,000 is expected");
    (key == "a_minute" ? share.a_minute : share.misses_an_hour) = *number;
  }
  if (!node["a_minute"] || !node["misses_an_hour"]) {
    return wrong(node, "a share of lookups is a_minute and misses_an_hour");
  }
  return share;
}

}  // namespace

Result<Roles> Roles::load(const std::filesystem::path& file) {
  try {
    const YAML::Node root = YAML::LoadFile(file.string());
    Roles loaded;
    for (const auto& entry : root) {
      const auto key = entry.first.as<std::string>();
      if (key != "schema" && key != "roles" && key != "actions" && key != "lookups") {
        return wrong(entry.first, "unknown key");
      }
    }
    if (root["schema"].as<std::string>() != "assent-roles/1") {
      return wrong(root["schema"], "unknown schema");
    }
    for (const auto& role : root["roles"]) loaded.roles_.insert(role.as<std::string>());
    for (const auto& entry : root["actions"]) {
      Action action;
      for (const auto& detail : entry.second) {
        const auto key = detail.first.as<std::string>();
        if (key == "public") {
          action.is_public = detail.second.as<bool>();
        } else if (key == "roles") {
          for (const auto& role : detail.second) {
            if (!loaded.is_role(role.as<std::string>())) return wrong(role, "unknown role");
            action.roles.insert(role.as<std::string>());
          }
        } else {
          return wrong(detail.first, "unknown key");
        }
      }
      if (action.is_public == !action.roles.empty()) {
        return wrong(entry.first, "an action is public or has roles");
      }
      loaded.actions_.emplace(entry.first.as<std::string>(), std::move(action));
    }
    for (const auto& entry : root["lookups"]) {
      const auto role = entry.first.as<std::string>();
      if (!loaded.is_role(role)) return wrong(entry.first, "unknown role");
      auto share = read_share(entry.second);
      if (!share.ok()) return share.error();
      loaded.lookups_.insert_or_assign(role, *share);
    }
    if (loaded.lookups_.size() != loaded.roles_.size()) {
      return wrong(root, "under lookups every role has a share");
    }
    return loaded;
  } catch (const YAML::Exception& failure) {
    return Error{ErrorCode::kInvalid, "the roles cannot be read",
                 Position{static_cast<std::uint64_t>(failure.mark.line + 1)},
                 CatalogueName::from_policy("roles.yaml")};
  }
}

bool Roles::is_public(std::string_view action) const {
  const auto found = actions_.find(std::string(action));
  return found != actions_.end() && found->second.is_public;
}

bool Roles::allows(std::string_view role, std::string_view action) const {
  const auto found = actions_.find(std::string(action));
  return found != actions_.end() && found->second.roles.contains(std::string(role));
}

std::set<std::string> Roles::actions() const {
  std::set<std::string> names;
  for (const auto& [name, action] : actions_) names.insert(name);
  return names;
}

}  // namespace assent
