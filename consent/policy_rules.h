#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "consent/decision.h"
#include "consent/vocabulary.h"
#include "marketing_rules.h"

// Policies as the engine reads them: words, dates and numbers, no YAML. Private to the room's
// policy library; filled by the policy_*.cc files, never changed after that.
namespace assent {

using Countries = std::vector<Country>;  // Sorted.

struct Rule {
  Reason reason = Reason::kNoPolicy;
  std::string cite;
};

// What a consent is tested for besides state, term and purpose.
struct ConsentTests {
  bool evidence = false;
  bool affirmative = false;
  bool unconditional = false;
  bool distinguishable = false;
  std::optional<Date> separate_from;  // Given on or after: a document of its own.
};

struct AgeRules {
  std::optional<int> own_consent;  // Below it a parent must have agreed.
  std::vector<std::pair<Country, int>> by_country;
  bool any_basis = false;  // Tested on every basis, not only where consent is relied on.
  std::optional<int> child_directed;
  std::optional<int> profiled_ads;
  std::optional<int> sale_optin;
  std::optional<int> sale_parent;
  std::string cite;
};

struct SpecialCategory {
  ConsentKey needs = ConsentKey::kExplicit;
  std::vector<Channel> never_on;
  std::string cite;
};

struct Gate {
  std::string restriction_flag;
  std::optional<Rule> restriction;
  Rule dm_objection;
  Rule suppression;
  std::optional<Rule> termination;
  std::vector<Basis> termination_excepts;
  std::optional<Rule> pending_objection;
  std::vector<Basis> pending_applies_to;
  std::optional<Rule> notice_missing;
  std::optional<SpecialCategory> special;
  std::optional<Rule> no_transfer_after_optout;
  std::vector<Channel> no_transfer_channels;
  Rule erased;
  Rule legal_hold;
  Rule retention;
};

struct Localisation {
  Country citizens;
  Country database;
  std::string cite;
};

struct Transfers {
  enum class Mode { kFree, kTools, kNotification };
  Mode mode = Mode::kFree;
  Countries home;
  Countries adequate;
  std::vector<std::pair<Country, Date>> adequate_from;
  Countries frameworks;  // Adequate for recipients certified under the country's framework.
  std::vector<std::string> tools;
  bool assessment = false;  // A tool counts only with its assessment.
  std::string cite;
};

struct ThirdParty {
  bool disclosure_consent = false;
  bool is_sale = false;
  std::string contract;  // Kind; empty = none asked for.
  std::string cite;
};

struct Condition {
  Countries operator_country;
  Countries residence;
  Countries citizenship;
  Countries targets;
  std::string region;
  std::vector<Channel> channels;
};

struct Policy {
  PolicyRef ref;
  std::string code;   // Of the jurisdiction.
  Countries members;  // With members, a code is `code`-CC.
  Date from;
  std::optional<Date> to;  // The last day.
  std::vector<Condition> applies;
  ConsentTests consent;
  AgeRules age;
  Marketing marketing;
  std::vector<Basis> other_accepts;  // Bases of purposes other than marketing; with cite below.
  bool other_needs_basis = true;
  std::string other_cite;
  Gate gate;
  std::optional<Rule> sale;  // Opt-out of sale and sharing.
  bool sale_gpc = false;
  std::optional<Rule> sensitive;
  std::optional<Localisation> localisation;
  Transfers transfers;
  std::string processor_contract;  // Kind; empty = none asked for.
  std::string processor_cite;
  ThirdParty third_party;
  std::string joint_contract;
  std::string joint_cite;

  bool in_force(Date day) const { return from <= day && (!to || day <= *to); }
};

struct CompiledPolicies {
  std::vector<Policy> policies;  // By id, then from.
  Hash32 hash{};
};

}  // namespace assent
