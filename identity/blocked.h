#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/result.h"

namespace assent {

enum class IdentifierKind { kPhone, kEmail, kCard };

// How much an identifier says about who a record is.
enum class Strength {
  kStrong,  // May link two records by itself.
  kWeak,    // A role's mailbox: stored, compared, never a link by itself.
  kBlocked  // A filler such as noemail@ or +7 777 777-77-77: says nothing.
};

// The values of policies/blocked.yaml that link nobody. Immutable; thread-safe.
class BlockedValues {
 public:
  // kInvalid with its line; loaded whole or not at all.
  static Result<BlockedValues> load(const std::filesystem::path& file);

  // `normalised` in the normal form of its kind (normalise_phone, normalise_email, normalise_card).
  Strength strength(IdentifierKind kind, std::string_view normalised) const;

 private:
  Strength email_strength(std::string_view email) const;

  std::unordered_set<std::string> values_;  // Of any kind, folded.
  std::unordered_set<std::string> phones_;
  std::unordered_set<std::string> email_locals_;
  std::unordered_set<std::string> email_domains_;
  std::unordered_set<std::string> role_locals_;
};

}  // namespace assent
