#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assent {

// How often a token of a role may look people up by an address.
struct LookupShare {
  std::uint32_t a_minute = 1;
  std::uint32_t misses_an_hour = 1;  // That many found nobody: alarm, and none for an hour.
};

// policies/roles.yaml: which role may do which action. Immutable once loaded, thread-safe.
class Roles {
 public:
  // kInvalid with the line when the file is not as its schema says; loaded whole or not at all.
  static Result<Roles> load(const std::filesystem::path& file);

  bool is_role(std::string_view role) const { return roles_.contains(std::string(role)); }
  bool is_action(std::string_view action) const { return actions_.contains(std::string(action)); }
  bool is_public(std::string_view action) const;
  // False for an action or role that is not in the file.
  bool allows(std::string_view role, std::string_view action) const;
  const std::set<std::string>& names() const { return roles_; }
  std::set<std::string> actions() const;
  // The share of a role of the file.
  const LookupShare& lookups(const std::string& role) const { return lookups_.at(role); }

 private:
  struct Action {
    bool is_public = false;
    std::set<std::string> roles;
  };
  std::set<std::string> roles_;
  std::map<std::string, Action> actions_;
  std::map<std::string, LookupShare> lookups_;  // Of every role.
};

}  // namespace assent
