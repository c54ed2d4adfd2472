#pragma once

#include <set>
#include <span>
#include <utility>
#include <vector>

#include "core/db.h"

namespace assent {

// A value that identifies, and is fit to link by itself.
struct LinkTag {
  std::uint16_t kind = 0;
  Tag16 tag{};
  friend auto operator<=>(const LinkTag&, const LinkTag&) = default;
};

// Why two records are one person: both hold one value. a < b.
struct Link {
  RecordId a;
  RecordId b;
  LinkTag by;
  friend auto operator<=>(const Link&, const Link&) = default;
};

using RecordPair = std::pair<RecordId, RecordId>;  // first < second
RecordPair ordered(RecordId a, RecordId b);

// Numbers of link.retract_reason.
enum class RetractReason : std::int16_t {
  kEvidenceGone = 1,  // The value changed, or the two contradict each other now.
  kGenericValue = 2,  // Too many hold the value.
  kDecision = 3       // A person said that they are two.
};

// A value that more records than this hold says nothing about who they are.
inline constexpr std::size_t kHoldersMax = 50;

struct Holders {
  LinkTag by;
  std::vector<RecordId> records;
  bool is_generic() const { return records.size() > kHoldersMax; }
};

// Who holds each of `tags`, where more than one live record does. Of a value that very many hold,
// only kHoldersMax + `batch` + 1 are looked at. One statement.
std::vector<Holders> find_holders(Tx& tx, std::span<const LinkTag> tags, std::size_t batch);
// `seeds` with everything that links or a common profile ties them to. One statement.
std::vector<RecordId> find_component(Tx& tx, std::span<const RecordId> seeds);
// Links that are in force between any two of `records`.
std::vector<Link> find_links(Tx& tx, std::span<const RecordId> records);
std::set<RecordPair> find_cannot_links(Tx& tx, std::span<const RecordId> records);

// Writers; `leaf` is of the same transaction.
void store_links(Tx& tx, EventId leaf, std::span<const Link> links);
void retract_links(Tx& tx, EventId leaf, std::span<const Link> links, RetractReason reason);

}  // namespace assent
