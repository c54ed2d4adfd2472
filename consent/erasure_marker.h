#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/db.h"
#include "core/tag.h"

namespace assent {

// Refuses the return of an erased person, and of nobody else who holds the same address
// (decisions.md 6). A marker is made of tags, so it tells nothing to who has not the tenant's keys.
enum class MarkerKind : std::uint8_t {
  kSourceKey = 1,    // (source, external id)
  kNamedAddress = 2  // (address, folded name)
};
struct ErasureMarker {
  Tag16 tag{};
  MarkerKind kind = MarkerKind::kSourceKey;
  friend auto operator<=>(const ErasureMarker&, const ErasureMarker&) = default;
};

// What a record (or a row to be imported) is known by. `addresses` are the tags of its e-mails,
// phones and postal addresses; without a name they make no marker.
struct MarkedPerson {
  std::int16_t source = 0;
  Tag16 external_id{};
  std::vector<Tag16> addresses;
  std::optional<Tag16> name_fold;
};
// Sorted. Pure.
std::vector<ErasureMarker> markers_for(const TagMaker& tags, const MarkedPerson& person);

struct StandingMarker {
  ErasureMarker marker;
  Timestamp erased_at;
};

// Inside the caller's transaction, under its leaf (else DbError of class P0001). Thread-safe.
class ErasureMarkers {
 public:
  // Those of `markers` that stand now, in their order. One query for a whole batch.
  static std::vector<StandingMarker> standing(Tx& tx, std::span<const ErasureMarker> markers);
  // Of an erasure at tx.now(). A marker that was lifted stands again.
  static void store(Tx& tx, EventId leaf, std::span<const ErasureMarker> markers);
  // The person acted anew after the erasure, or an officer gave a reason: the caller knows which.
  static void lift(Tx& tx, EventId leaf, std::span<const ErasureMarker> markers);
};

}  // namespace assent
