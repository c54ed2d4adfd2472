#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/leaf.h"
#include "core/static_text.h"

// What a log says of how long it keeps its entries, and whether its left edge was pruned as it
// said: c2sp.org/tlog-tiles, "Pruning". The one set of rules by which the program prunes, the
// signer removes files, a start checks and the verifier judges. Pure functions, thread-safe.
// docs/audit-format.md, *Pruning*; docs/decisions/0028.
namespace assent {

// Entries beside a log's minimum index stay together by so many: a full tile's.
inline constexpr std::uint64_t kPrunedTogether = 256;

// An entry kLogRetentionAnnounced.
struct AnnouncedTerms {
  std::uint64_t entry = 0;  // Its number.
  Timestamp at;
  RetentionTerms terms;
  friend bool operator==(const AnnouncedTerms&, const AnnouncedTerms&) = default;
};

// An entry kLogPruned.
struct DeclaredPrune {
  std::uint64_t entry = 0;
  Timestamp at;
  PrunedRange range;
  Hash32 root{};  // Of the tree of range.size entries.
  friend bool operator==(const DeclaredPrune&, const DeclaredPrune&) = default;
};

// nullopt for a leaf that is another entry.
std::optional<AnnouncedTerms> announced_terms(std::uint64_t entry, const Leaf& leaf);
std::optional<DeclaredPrune> declared_prune(std::uint64_t entry, const Leaf& leaf);

// When entries may go by what was announced in `known` (rising entries; what stands at
// `announcement` and after it binds): their newest must not be younger. nullopt while the
// announcement at `announcement` is not known or has not stood for as long as it says.
std::optional<Timestamp> newest_prunable(std::span<const AnnouncedTerms> known,
                                         std::uint64_t announcement, Timestamp at);

// What the prune breaks of what the log had announced; nullopt when it keeps it. `known` are the
// announcements before it, by rising entries, from the one that it names on (kNotKnown without).
inline constexpr StaticText kTermsNotKnown = "the log was pruned by terms that are not in it";
std::optional<StaticText> breach_of(const DeclaredPrune& prune,
                                    std::span<const AnnouncedTerms> known);

// The published file `retention`, beside the checkpoint: what the log says of its retention, for
// people and their programs. docs/audit-format.md.
struct PublishedRetention {
  AnnouncedTerms announced;             // The newest.
  std::optional<DeclaredPrune> pruned;  // The newest.
};
std::string retention_text(const std::string& origin, const PublishedRetention& retention);
// The minimum index that such a text names; nullopt when it is none.
std::optional<std::uint64_t> minimum_in(std::string_view retention_text);

}  // namespace assent
