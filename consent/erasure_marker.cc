#include "consent/erasure_marker.h"

#include <algorithm>

namespace assent {
namespace {

constexpr StaticText kStanding = R"sql(
  SELECT m.marker_tag, m.kind, m.erased_at
    FROM (SELECT DISTINCT * FROM unnest($2::bytea[], $3::smallint[])) AS wanted (tag, kind)
   CROSS JOIN LATERAL (SELECT * FROM erasure_marker
                        WHERE tenant = $1 AND marker_tag = wanted.tag AND kind = wanted.kind
                        LIMIT 1) AS m
   WHERE m.lifted_at IS NULL ORDER BY 1, 2
)sql";

Param tags_of(std::span<const ErasureMarker> markers) {
  std::vector<Tag16> tags;
  for (const ErasureMarker& marker : markers) tags.push_back(marker.tag);
  return Param::array(tags);
}
Param kinds_of(std::span<const ErasureMarker> markers) {
  std::vector<std::int16_t> kinds;
  for (const ErasureMarker& marker : markers)
    kinds.push_back(static_cast<std::int16_t>(marker.kind));
  return Param::array(kinds);
}

}  // namespace

std::vector<ErasureMarker> markers_for(const TagMaker& tags, const MarkedPerson& person) {
  std::vector<ErasureMarker> markers;
  Bytes key;
  put_u16(key, static_cast<std::uint16_t>(person.source));
  put(key, person.external_id);
  markers.push_back({tags.content_tag("erasure.source", key), MarkerKind::kSourceKey});
  if (person.name_fold) {
    for (const Tag16& address : person.addresses) {
      Bytes pair(address.begin(), address.end());
      put(pair, *person.name_fold);
      markers.push_back({tags.content_tag("erasure.address", pair), MarkerKind::kNamedAddress});
    }
  }
  std::sort(markers.begin(), markers.end());
  markers.erase(std::unique(markers.begin(), markers.end()), markers.end());
  return markers;
}

std::vector<StandingMarker> ErasureMarkers::standing(Tx& tx,
                                                     std::span<const ErasureMarker> markers) {
  std::vector<StandingMarker> found;
  const Rows rows = tx.query(kStanding, {tx.tenant(), tags_of(markers), kinds_of(markers)});
  for (const auto& row : rows) {
    found.push_back({{row.tag(0), static_cast<MarkerKind>(row.integer(1))}, row.time(2)});
  }
  return found;
}

void ErasureMarkers::store(Tx& tx, EventId leaf, std::span<const ErasureMarker> markers) {
  tx.query("SELECT store_erasure_markers($1, $2, $3, $4)",
           {leaf, tx.now(), tags_of(markers), kinds_of(markers)});
}

void ErasureMarkers::lift(Tx& tx, EventId leaf, std::span<const ErasureMarker> markers) {
  tx.query("SELECT lift_erasure_markers($1, $2, $3, $4)",
           {leaf, tx.now(), tags_of(markers), kinds_of(markers)});
}

}  // namespace assent
