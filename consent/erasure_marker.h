#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/db.h"
#include "core/tag.h"

namespace assent {

// Refuses the return of an erased person (decisions.md 6), as strictly as linking would have known
// the person again. A marker is made of tags, so it tells nothing to who has not the tenant's keys.
enum class MarkerKind : std::uint8_t {
  kSourceKey = 1,            // (source, external id)
  kNamedAddress = 2,         // (address, a form of the first name)
  kAddress = 3,              // An address: binds who gives no first name.
  kNamelessAddress = 4,      // The address of somebody without a first name: binds everybody.
  kCard = 5,                 // A card, which is one person's.
  kOrganisationAddress = 6,  // An address of an organisation: binds organisations.
};
struct ErasureMarker {
  Tag16 tag{};
  MarkerKind kind = MarkerKind::kSourceKey;
  friend auto operator<=>(const ErasureMarker&, const ErasureMarker&) = default;
};

// `value` is the tag of an address or a card.
ErasureMarker marker_of(const TagMaker& tags, MarkerKind kind, const Tag16& value);
ErasureMarker source_marker(const TagMaker& tags, std::int16_t source, const Tag16& external_id);
ErasureMarker named_marker(const TagMaker& tags, const Tag16& address, std::string_view form);

struct StandingMarker {
  ErasureMarker marker;
  Uuid group;  // The erasure: a random reference that leads nowhere else.
  Timestamp erased_at;
};

// Inside the caller's transaction, under its leaf (else DbError of class P0001). Thread-safe.
class ErasureMarkers {
 public:
  // Those of `markers` that stand now, in their order; several when several people were erased by
  // one value. One query for a whole batch.
  static std::vector<StandingMarker> standing(Tx& tx, std::span<const ErasureMarker> markers);
  // Of one erasure at tx.now(); `group` is new.
  static void store(Tx& tx, EventId leaf, Uuid group, std::span<const ErasureMarker> markers);
  // The person acted anew after the erasure, or an officer gave a reason: the caller knows which.
  // All markers of these erasures end.
  static void lift(Tx& tx, EventId leaf, std::span<const Uuid> groups);
};

}  // namespace assent
