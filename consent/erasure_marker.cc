#include "consent/erasure_marker.h"

namespace assent {
namespace {

constexpr StaticText kStanding = R"sql(
  SELECT m.marker_tag, m.kind, m.group_ref, m.erased_at
    FROM (SELECT DISTINCT * FROM unnest($2::bytea[], $3::smallint[])) AS wanted (tag, kind)
   CROSS JOIN LATERAL (SELECT * FROM erasure_marker
                        WHERE tenant = $1 AND marker_tag = wanted.tag AND kind = wanted.kind
                       OFFSET 0) AS m
   WHERE m.lifted_at IS NULL ORDER BY 1, 2, 3
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

ErasureMarker marker_of(const TagMaker& tags, MarkerKind kind, const Tag16& value) {
  Bytes key;
  put_u16(key, static_cast<std::uint16_t>(kind));
  put(key, value);
  return {tags.content_tag("erasure.value", key), kind};
}

ErasureMarker source_marker(const TagMaker& tags, std::int16_t source, const Tag16& external_id) {
  Bytes key;
  put_u16(key, static_cast<std::uint16_t>(source));
  put(key, external_id);
  return {tags.content_tag("erasure.source", key), MarkerKind::kSourceKey};
}

ErasureMarker named_marker(const TagMaker& tags, const Tag16& address, std::string_view form) {
  Bytes key(address.begin(), address.end());
  put(key, form);
  return {tags.content_tag("erasure.name", key), MarkerKind::kNamedAddress};
}

std::vector<StandingMarker> ErasureMarkers::standing(Tx& tx,
                                                     std::span<const ErasureMarker> markers) {
  std::vector<StandingMarker> found;
  const Rows rows = tx.query(kStanding, {tx.tenant(), tags_of(markers), kinds_of(markers)});
  for (const auto& row : rows) {
    found.push_back(
        {{row.tag(0), static_cast<MarkerKind>(row.integer(1))}, row.uuid(2), row.time(3)});
  }
  return found;
}

void ErasureMarkers::store(Tx& tx, EventId leaf, Uuid group,
                           std::span<const ErasureMarker> markers) {
  tx.query("SELECT store_erasure_markers($1, $2, $3, $4, $5)",
           {leaf, tx.now(), group, tags_of(markers), kinds_of(markers)});
}

void ErasureMarkers::lift(Tx& tx, EventId leaf, std::span<const Uuid> groups) {
  tx.query("SELECT lift_erasure_markers($1, $2, $3)",
           {leaf, tx.now(), Param::array(std::vector<Uuid>(groups.begin(), groups.end()))});
}

}  // namespace assent
