#include "member_fields.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "identity/contact_points.h"

namespace assent {
namespace {

constexpr std::array<std::string_view, 4> kClearColumns{"country", "region", "city", "gender"};

constexpr StaticText kClear = R"sql(
  SELECT record_id, coalesce(country::text, ''), coalesce(region, ''), coalesce(city, ''),
         coalesce(gender::text, '')
    FROM record WHERE tenant = $1 AND record_id = ANY ($2)
)sql";
constexpr StaticText kScores = R"sql(
  SELECT DISTINCT ON (profile_id) profile_id, r::text || f::text || m::text
    FROM profile_trait WHERE tenant = $1 AND profile_id = ANY ($2)
   ORDER BY profile_id, last_order DESC, orders DESC, currency
)sql";

const Plaintext* find_field(const OpenedRecord& record, std::uint16_t id) {
  for (const FieldValue& field : record.fields) {
    if (field.field_id == id) return &field.value;
  }
  return nullptr;
}

}  // namespace

bool is_clear_column(std::string_view name) {
  return std::find(kClearColumns.begin(), kClearColumns.end(), name) != kClearColumns.end();
}

// What one page needs, by id.
struct MemberFields::Page {
  std::vector<OpenedRecord> opened;  // Sorted by id.
  std::unordered_map<RecordId, std::array<std::string, kClearColumns.size()>> clear;
  std::unordered_map<ProfileId, std::string> scores;

  const OpenedRecord* find(RecordId record) const {
    const auto at =
        std::lower_bound(opened.begin(), opened.end(), record,
                         [](const OpenedRecord& o, RecordId id) { return o.record < id; });
    return at == opened.end() || at->record != record ? nullptr : &*at;
  }
};

MemberFields::MemberFields(const std::vector<ReleaseField>& fields, std::string_view segment,
                           std::uint16_t contact_points, const TagMaker& tags,
                           const Authorizer& authorizer, const Vault& vault)
    : fields_(fields),
      segment_(segment),
      contact_points_(contact_points),
      tags_(tags),
      authorizer_(authorizer),
      vault_(vault) {
  for (const ReleaseField& field : fields_) {
    if (field.origin == FieldOrigin::kContact) mask_ |= std::uint64_t{1} << contact_points_;
    if (field.origin == FieldOrigin::kSealed) mask_ |= std::uint64_t{1} << field.field_id;
  }
}

namespace {

// The member's contact point in the clear; nullopt when the record does not hold it any more.
std::optional<Plaintext> contact_of(const OpenedRecord& record, std::uint16_t field,
                                    const Tag16& wanted, const TagMaker& tags) {
  const Plaintext* text = find_field(record, field);
  if (text == nullptr) return std::nullopt;
  auto points = decode_contact_points(text->reveal());
  if (!points.ok()) return std::nullopt;
  for (ContactValue& point : *points) {
    const bool reachable = point.kind == kPhoneIndex || point.kind == kEmailIndex;
    if (reachable && tags.tag(point.kind, point.value.reveal()) == wanted) {
      return std::move(point.value);
    }
  }
  return std::nullopt;
}

}  // namespace

MemberValues MemberFields::values_of(const GateMember& member, const Page& page) const {
  const OpenedRecord* record = page.find(member.record);
  if (mask_ != 0 && record == nullptr) return Reason::kSubjectErased;
  MemberCells cells;
  for (const ReleaseField& field : fields_) {
    switch (field.origin) {
      case FieldOrigin::kContact: {
        auto contact = contact_of(*record, contact_points_, member.contact, tags_);
        if (!contact) return Reason::kNoContactPoint;
        cells.push_back(std::move(*contact));
        break;
      }
      case FieldOrigin::kSealed: {
        const Plaintext* value = find_field(*record, field.field_id);
        cells.push_back(value == nullptr ? Plaintext() : value->duplicate());
        break;
      }
      case FieldOrigin::kClear: {
        const auto column =
            std::find(kClearColumns.begin(), kClearColumns.end(), field.name.text());
        const auto row = page.clear.find(member.record);
        if (row == page.clear.end()) return Reason::kSubjectErased;
        cells.emplace_back(row->second[static_cast<std::size_t>(column - kClearColumns.begin())]);
        break;
      }
      case FieldOrigin::kSegment:
        cells.emplace_back(segment_);
        break;
      case FieldOrigin::kScores: {
        const auto scores = page.scores.find(member.profile);
        cells.emplace_back(scores == page.scores.end() ? "" : scores->second);
        break;
      }
    }
  }
  return cells;
}

Result<std::vector<MemberValues>> MemberFields::read(Tx& tx, const Act& act,
                                                     std::span<const GateMember> members) const {
  std::vector<MemberValues> values;
  if (members.empty()) return values;
  std::vector<RecordId> records;
  std::vector<ProfileId> profiles;
  for (const GateMember& member : members) {
    records.push_back(member.record);
    profiles.push_back(member.profile);
  }
  Page page;
  const Rows clear = tx.query(kClear, {tx.tenant(), Param::array(records)});
  for (const auto& row : clear) {
    page.clear[row.id<RecordId>(0)] = {row.text(1), row.text(2), row.text(3), row.text(4)};
  }
  const Rows scores = tx.query(kScores, {tx.tenant(), Param::array(profiles)});
  for (const auto& row : scores) page.scores[row.id<ProfileId>(0)] = row.text(1);
  if (mask_ != 0) {
    auto grant = authorizer_.authorize_read(tx, act, std::move(records), mask_);
    if (!grant.ok()) return grant.error();
    auto opened = vault_.open(tx, *grant);
    if (!opened.ok()) return opened.error();
    page.opened = std::move(*opened);
  }
  for (const GateMember& member : members) values.push_back(values_of(member, page));
  return values;
}

}  // namespace assent
