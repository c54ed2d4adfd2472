#include "erased_rows.h"

#include <algorithm>

namespace assent {
namespace {

constexpr StaticText kHeld = R"sql(
  SELECT r.external_tag, i.tag FROM identifier i JOIN record r ON r.record_id = i.record_id
   WHERE i.record_id = ANY($1::uuid[]) AND r.state = 0
)sql";

bool is_person(const PreparedContact& row) {
  return row.row.entity == Entity::kPerson;
}

}  // namespace

void ErasedRows::look_up(std::span<const ErasureMarker> markers) {
  const std::set<ErasureMarker> wanted(markers.begin(), markers.end());
  const std::vector<ErasureMarker> list(wanted.begin(), wanted.end());
  for (const ErasureMarker& one : list) standing_.erase(one);
  for (const StandingMarker& one : ErasureMarkers::standing(tx_, list)) {
    standing_.insert({one.marker, {one.group, one.erased_at}});
  }
}

// Names are costly to ask about, so only where somebody was erased at the address.
void ErasedRows::look_up(std::span<const PreparedContact> rows,
                         const std::map<Tag16, RecordId>& live) {
  std::vector<ErasureMarker> first;
  for (const PreparedContact& row : rows) {
    first.insert(first.end(), row.markers.begin(), row.markers.end());
  }
  look_up(first);
  if (standing_.empty()) return;
  load_held(rows, live);
  std::vector<ErasureMarker> second;
  for (const PreparedContact& row : rows) {
    for (const ErasureMarker& marker : markers_of(row)) second.push_back(marker);
  }
  look_up(second);
}

void ErasedRows::load_held(std::span<const PreparedContact> rows,
                           const std::map<Tag16, RecordId>& live) {
  std::vector<RecordId> records;
  for (const PreparedContact& row : rows) {
    const auto found = live.find(row.external);
    if (is_person(row) && found != live.end()) records.push_back(found->second);
  }
  const Rows held = tx_.query(kHeld, {Param::array(records)});
  for (const auto& row : held) held_.insert({row.tag(0), row.tag(1)});
}

bool ErasedRows::holds_already(const PreparedContact& row, const Tag16& value) const {
  return is_person(row) && held_.contains({row.external, value});
}

std::vector<ErasureMarker> ErasedRows::markers_of(const PreparedContact& row) const {
  if (!is_person(row) || standing_.empty()) return row.markers;
  std::vector<ErasureMarker> markers;
  for (const ErasureMarker& marker : row.markers) {
    if (marker.kind == MarkerKind::kSourceKey) markers.push_back(marker);
  }
  for (const ValueTag& value : row.found) {
    if (value.strength != Strength::kStrong || holds_already(row, value.tag)) continue;
    if (value.kind == kCardIndex) {
      markers.push_back(marker_of(tags_, MarkerKind::kCard, value.tag));
    } else if (stands(marker_of(tags_, MarkerKind::kAddress, value.tag))) {
      add_address(markers, value.tag, row.row);
    }
  }
  return markers;
}

void ErasedRows::add_address(std::vector<ErasureMarker>& markers, const Tag16& address,
                             const ContactRow& row) const {
  const std::string_view first = row.first_name.reveal();
  std::vector<std::string> forms = names_.asks(first);
  markers.push_back(marker_of(tags_, MarkerKind::kNamelessAddress, address));
  if (forms.empty()) markers.push_back(marker_of(tags_, MarkerKind::kAddress, address));
  forms.push_back(whole_name_word(first, row.last_name.reveal(), row.full_name.reveal()));
  for (const std::string& form : forms) markers.push_back(named_marker(tags_, address, form));
}

bool ErasedRows::refuse(std::span<const ErasureMarker> markers,
                        std::optional<Timestamp> acted) const {
  const bool has_acted = acted && *acted <= tx_.now();
  return std::any_of(markers.begin(), markers.end(), [&](const ErasureMarker& marker) {
    const auto [begin, end] = standing_.equal_range(marker);
    return std::any_of(begin, end,
                       [&](const auto& one) { return !has_acted || *acted <= one.second.at; });
  });
}

std::vector<Uuid> ErasedRows::lift(std::span<const ErasureMarker> markers) {
  std::set<Uuid> groups;
  for (const ErasureMarker& marker : markers) {
    if (marker.kind == MarkerKind::kAddress) continue;
    const auto [begin, end] = standing_.equal_range(marker);
    for (auto one = begin; one != end; ++one) groups.insert(one->second.group);
  }
  std::erase_if(standing_, [&](const auto& one) { return groups.contains(one.second.group); });
  return {groups.begin(), groups.end()};
}

}  // namespace assent
