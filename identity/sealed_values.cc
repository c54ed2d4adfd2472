#include "sealed_values.h"

#include "audit/commitments.h"
#include "core/field_set.h"

namespace assent {
namespace {

constexpr StaticText kValues =
    "SELECT relation, of_column, unit_id, field, row_id, value, leaf_id, leaf_pos, row_hash "
    "FROM sealed_values($1)";
constexpr StaticText kVersions =
    "SELECT row_id, record_id, version, content_tag FROM record_version "
    "WHERE tenant = $1 AND record_id = ANY ($2)";
constexpr StaticText kOrganisations =
    "SELECT row_id, organisation_id, external_tag, name_tag, content_tag FROM organisation "
    "WHERE tenant = $1 AND organisation_id = ANY ($2)";
constexpr StaticText kRejects =
    "SELECT row_id, rejected_id, line, column_no, reason, field FROM rejected_row "
    "WHERE tenant = $1 AND rejected_id = ANY ($2)";

Result<SealedValue> read_value(const Rows::Row& row) {
  SealedValue value;
  value.relation = row.text(0);
  value.column = row.text(1);
  value.unit = row.uuid(2);
  if (const std::string field = row.text(3); field != "each") {
    value.field = static_cast<std::uint16_t>(std::stoi(field));
  }
  value.row = row.uuid(4);
  value.bytes = row.bytes(5);
  const auto use = value.field ? field_key_use(value.bytes) : field_set_key_use(value.bytes);
  if (!use.ok()) return use.error();
  value.use = *use;
  if (!row.is_null(6)) {
    value.seal = {row.id<EventId>(6), static_cast<std::int32_t>(row.integer(7)), row.hash(8)};
  }
  return value;
}

void put_value(VersionRow& row, const Bytes& bytes) {
  row.fields = bytes;
}
void put_value(OrganisationRow& row, const Bytes& bytes) {
  row.fields = bytes;
}
void put_value(StoredReject& row, const Bytes& bytes) {
  row.sealed = bytes;
}

}  // namespace

Result<std::vector<SealedValue>> sealed_values(Tx& tx, const std::vector<Uuid>& units) {
  std::vector<SealedValue> values;
  const Rows rows = tx.query(kValues, {Param::array(units)});
  for (const auto& row : rows) {
    auto value = read_value(row);
    if (!value.ok() && value.error().code == ErrorCode::kNotFound) continue;
    if (!value.ok()) return value.error();
    values.push_back(std::move(*value));
  }
  return values;
}

SealedRows::SealedRows(Tx& tx, const std::vector<Uuid>& units) {
  const Param ids = Param::array(units);
  const Rows versions = tx.query(kVersions, {tx.tenant(), ids});
  for (const auto& row : versions) {
    VersionRow version;
    version.row = row.uuid(0);
    version.record = row.id<RecordId>(1);
    version.version = static_cast<std::int32_t>(row.integer(2));
    version.content = row.tag(3);
    rows_[{"record_version", row.uuid(0)}] = version;
  }
  const Rows organisations = tx.query(kOrganisations, {tx.tenant(), ids});
  for (const auto& row : organisations) {
    rows_[{"organisation", row.uuid(0)}] =
        OrganisationRow{row.uuid(1), row.tag(2), row.tag(3), row.uuid(0), {}, row.tag(4)};
  }
  const Rows rejects = tx.query(kRejects, {tx.tenant(), ids});
  for (const auto& row : rejects) {
    rows_[{"rejected_row", row.uuid(0)}] = StoredReject{
        row.uuid(1), row.integer(2), row.integer(3), row.text(4), row.text(5), row.uuid(0), {}};
  }
}

Result<SealedRows::Exchange> SealedRows::exchange(const SealedValue& value,
                                                  const Bytes& bytes) const {
  const auto found = rows_.find({value.relation, value.row});
  if (found == rows_.end()) {
    return Error{ErrorCode::kCorrupt, "a sealed row whose hash nobody knows to make"};
  }
  const BatchRow added = std::visit(
      [&](auto row) {
        put_value(row, bytes);
        return batch_row(row);
      },
      found->second);
  const Hash32 entry = sealed_row_entry(added.table.view(), added.row_id, value.seal->row_hash);
  return Exchange{{value.seal->leaf, value.seal->position, entry}, added};
}

}  // namespace assent
