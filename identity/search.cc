#include "search.h"

#include <algorithm>

#include "record_fields.h"

namespace assent {
namespace {

constexpr StaticText kByIdentifier = R"sql(
  SELECT r.record_id FROM identifier i JOIN record r ON r.record_id = i.record_id
   WHERE i.tag = $1 AND i.kind = $2 AND r.state = 0 ORDER BY r.record_id
)sql";

constexpr StaticText kByFormer = R"sql(
  SELECT f.record_id FROM former_identifier f JOIN record r ON r.record_id = f.record_id
   WHERE f.tag = $1 AND f.kind = $2 AND r.state = 0
)sql";

constexpr StaticText kByExternalId = R"sql(
  SELECT r.record_id FROM source_key k JOIN record r ON r.record_id = k.record_id
   WHERE k.external_tag = $1 AND r.state = 0 ORDER BY r.record_id
)sql";

constexpr StaticText kUnits = R"sql(
  SELECT DISTINCT unit_id FROM unit_tag WHERE tag = ANY($1::bytea[]) ORDER BY unit_id
)sql";

}  // namespace

std::vector<RecordId> records_with(Tx& tx, const TagMaker& tags, std::uint16_t index_id,
                                   std::string_view normalized) {
  const Tag16 tag = tags.tag(index_id, normalized);
  const Rows rows = index_id == kExternalIdIndex
                        ? tx.query(kByExternalId, {tag})
                        : tx.query(kByIdentifier, {tag, static_cast<std::int16_t>(index_id)});
  std::vector<RecordId> records;
  for (const auto& row : rows) records.push_back(row.id<RecordId>(0));
  return records;
}

std::vector<RecordId> records_that_held(Tx& tx, const TagMaker& tags, std::uint16_t index_id,
                                        std::string_view normalized) {
  std::vector<RecordId> records = records_with(tx, tags, index_id, normalized);
  const Rows rows =
      tx.query(kByFormer, {tags.tag(index_id, normalized), static_cast<std::int16_t>(index_id)});
  for (const auto& row : rows) records.push_back(row.id<RecordId>(0));
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

std::vector<Uuid> units_with(Tx& tx, std::span<const Tag16> tags) {
  std::vector<Uuid> units;
  const Rows rows = tx.query(kUnits, {Param::array(std::vector<Tag16>(tags.begin(), tags.end()))});
  for (const auto& row : rows) units.push_back(row.uuid(0));
  return units;
}

std::vector<std::uint16_t> index_ids() {
  return {kPhoneIndex, kEmailIndex, kCardIndex, kExternalIdIndex, kNameFoldIndex, kOrderIdIndex};
}

}  // namespace assent
