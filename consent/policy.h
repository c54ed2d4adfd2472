#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consent/decision.h"
#include "core/bytes.h"
#include "core/result.h"

namespace assent {

struct CompiledPolicies;  // policy_rules.h, private.

// One defect of one policy file: line and column in error.position, the catalogue's name of the
// rule or key (e.g. "marketing.channel_key.email.cite") in error.field.
struct PolicyFault {
  std::string file;  // Name inside the directory.
  Error error;
};

// Every policy of a directory, compiled. Immutable, cheap to copy, safe to read from any thread.
// Replacing the set is the owner's affair: a directory that does not load leaves the old set in
// force and is an alarm.
class PolicySet {
 public:
  struct Loaded;
  // Reads every *.yaml in `dir` (not below it): policies (schema assent-policy/1) and one file of
  // country groups (assent-country-groups/1). Loaded whole or not at all. The shape of the files is
  // described in policies/README.md. Faults are told all at once: unknown or doubled keys, wrong
  // types, words outside a closed set, deadlines without unit or citation, country codes that are
  // not strings, dates that are not ISO, two versions of one id in force on one day, a file over
  // kFileBytesMax or more than kFilesMax of them, no policy at all.
  static Loaded load(const std::filesystem::path& dir);

  // SHA-256 over the SHA-256 of each file in the order of their names. Decisions carry it.
  const Hash32& hash() const;
  // Every version of every policy, by id and start.
  std::vector<PolicyRef> policies() const;
  // The code of the jurisdiction whose law a policy is; nullopt: no policy of this id.
  std::optional<std::string> jurisdiction_of(std::string_view policy_id) const;
  const CompiledPolicies& compiled() const { return *compiled_; }

  static constexpr std::size_t kFileBytesMax = 1 << 20;
  static constexpr std::size_t kFilesMax = 256;

 private:
  explicit PolicySet(std::shared_ptr<const CompiledPolicies> compiled)
      : compiled_(std::move(compiled)) {}
  std::shared_ptr<const CompiledPolicies> compiled_;
};

// Either a set and no faults, or faults and no set.
struct PolicySet::Loaded {
  std::optional<PolicySet> set;
  std::vector<PolicyFault> faults;
  bool ok() const { return set.has_value(); }
};

// "eu.yaml:12:3: marketing.email: unknown key": one line for a person.
std::string describe(const PolicyFault& fault);

}  // namespace assent
