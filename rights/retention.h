#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log_pruner.h"
#include "core/result.h"

namespace assent {

// What the end of a term means for what is kept.
enum class RetentionEnd { kDestroyKey, kDelete, kKeep };

// One entry of policies/retention.yaml. Our words, never a customer's.
struct RetentionTerm {
  std::string what;
  std::string from;         // The day the term is counted from, in the policy's words; may be "".
  std::optional<int> days;  // None: no end of its own.
  RetentionEnd end = RetentionEnd::kKeep;
  std::string why;
};

// policies/retention.yaml as an erasure needs it. Immutable; thread-safe.
class RetentionPolicy {
 public:
  // Loaded whole or not at all. kNotFound no such file. kInvalid a key or word that is not known, a
  // thing that an erasure asks about is missing, or the policy asks for what no erasure does: to
  // keep purchases (they are deleted with the person); or for a log that ends before what hangs on
  // its entries, or is pruned without notice.
  static Result<RetentionPolicy> load(const std::filesystem::path& file);

  // nullptr when the policy has no word on it.
  const RetentionTerm* find(std::string_view what) const;
  // Whether evidence of consent goes with the person: its term after an erasure is no days.
  bool destroys_evidence() const;
  int certificate_days() const;
  // How long a key version is kept that another one has replaced; nullopt: for ever.
  std::optional<int> replaced_key_days() const;
  // How long entries of the log are kept.
  const LogTerms& log() const { return log_; }

 private:
  int longest_days() const;

  std::vector<RetentionTerm> terms_;
  LogTerms log_;
};

}  // namespace assent
