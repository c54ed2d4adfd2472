#include "consent/vault.h"

#include "consent/evidence.h"

namespace assent {
namespace {

// The first column says whether the leaf ($2) was written by this transaction; without it no row of
// a record is answered.
constexpr StaticText kVersions =
    "WITH act AS (SELECT EXISTS (SELECT FROM audit_outbox o WHERE o.event_id = $2 "
    "  AND o.xmin = pg_current_xact_id()::xid) AS ours) "
    "SELECT act.ours, v.record_id, v.row_id, v.fields::bytea FROM act LEFT JOIN ("
    "  SELECT DISTINCT ON (v.record_id) v.record_id, v.row_id, v.fields FROM record_version v "
    "  JOIN record r ON r.tenant = v.tenant AND r.record_id = v.record_id AND r.state = 0 "
    "  WHERE v.tenant = $1 AND v.record_id = ANY ($3) ORDER BY v.record_id, v.version DESC"
    ") AS v ON act.ours ORDER BY v.record_id";
constexpr StaticText kHistory =
    "WITH act AS (SELECT EXISTS (SELECT FROM audit_outbox o WHERE o.event_id = $2 "
    "  AND o.xmin = pg_current_xact_id()::xid) AS ours) "
    "SELECT act.ours, v.record_id, v.row_id, v.fields::bytea FROM act LEFT JOIN ("
    "  SELECT v.record_id, v.version, v.row_id, v.fields FROM record_version v "
    "  JOIN record r ON r.tenant = v.tenant AND r.record_id = v.record_id AND r.state = 0 "
    "  WHERE v.tenant = $1 AND v.record_id = ANY ($3)"
    ") AS v ON act.ours ORDER BY v.record_id, v.version";
constexpr StaticText kEvidence =
    "WITH act AS (SELECT EXISTS (SELECT FROM audit_outbox o WHERE o.event_id = $2 "
    "  AND o.xmin = pg_current_xact_id()::xid) AS ours) "
    "SELECT act.ours, e.evidence::bytea FROM act LEFT JOIN consent_event e ON act.ours "
    "AND e.tenant = $1 AND e.record_id = $3 AND e.event_id = $4";
constexpr Error kForeignGrant{ErrorCode::kDenied, "the grant is of another transaction"};
constexpr Error kOutside{ErrorCode::kDenied, "outside the grant"};
constexpr Error kNoEvidence{ErrorCode::kNotFound, "no evidence"};

// nullopt: the key is gone, so the record is erased.
Result<std::optional<OpenedRecord>> open_row(TenantId tenant, const Rows::Row& row,
                                             const KeySet& keys, std::uint64_t field_mask) {
  const RecordId record = row.id<RecordId>(1);
  auto version = field_set_key_version(row.view(3));
  if (!version.ok()) return version.error();
  const SecretKey* key = keys.find(record.value, *version);
  if (key == nullptr) return std::optional<OpenedRecord>();
  const FieldPlace place{tenant.value, record.value, 0, row.uuid(2)};
  auto fields = open_field_set(*key, place, row.view(3), field_mask);
  if (!fields.ok()) return fields.error();
  return std::optional(OpenedRecord{record, std::move(*fields)});
}

}  // namespace

Result<std::vector<OpenedRecord>> Vault::open(Tx& tx, const Grant& grant) const {
  return open(tx, grant, grant.records());
}

Result<std::vector<OpenedRecord>> Vault::open(Tx& tx, const Grant& grant,
                                              std::span<const RecordId> records) const {
  std::vector<RecordId> wanted(records.begin(), records.end());
  for (RecordId record : wanted) {
    if (!grant.covers(record)) return kOutside;
  }
  return open_rows(tx, grant,
                   tx.query(kVersions, {tx.tenant(), grant.leaf(), Param::array(wanted)}));
}

Result<std::vector<OpenedRecord>> Vault::open_history(Tx& tx, const Grant& grant) const {
  const std::vector<RecordId> all(grant.records().begin(), grant.records().end());
  return open_rows(tx, grant, tx.query(kHistory, {tx.tenant(), grant.leaf(), Param::array(all)}));
}

Result<std::vector<OpenedRecord>> Vault::open_rows(Tx& tx, const Grant& grant,
                                                   const Rows& rows) const {
  if (!rows[0].flag(0)) return kForeignGrant;
  std::vector<OpenedRecord> opened;
  if (rows[0].is_null(1)) return opened;
  std::vector<Uuid> subjects;
  for (const auto& row : rows) subjects.push_back(row.uuid(1));
  auto keys = keys_.fetch(tx.tenant(), subjects, KeyPurpose::kFields);
  if (!keys.ok()) return keys.error();
  for (const auto& row : rows) {
    auto record = open_row(tx.tenant(), row, *keys, grant.field_mask());
    if (!record.ok()) return record.error();
    if (*record) opened.push_back(std::move(**record));
  }
  return opened;
}

Result<Plaintext> Vault::open_evidence(Tx& tx, const Grant& grant, RecordId record,
                                       EventId event) const {
  const bool asked = (grant.field_mask() >> kEvidenceField & 1) != 0;
  if (!asked || !grant.covers(record)) return kOutside;
  const Rows rows = tx.query(kEvidence, {tx.tenant(), grant.leaf(), record, event});
  if (!rows[0].flag(0)) return kForeignGrant;
  if (rows[0].is_null(1)) return kNoEvidence;
  auto keys = keys_.fetch(tx.tenant(), {&record.value, 1}, KeyPurpose::kConsentEvidence);
  if (!keys.ok()) return keys.error();
  auto version = field_key_version(rows[0].view(1));
  if (!version.ok()) return version.error();
  const SecretKey* key = keys->find(record.value, *version);
  if (key == nullptr) return kNoEvidence;
  const FieldPlace place{tx.tenant().value, record.value, kEvidenceField, event.value};
  auto field = open_field(*key, place, rows[0].view(1));
  if (!field.ok()) return field.error();
  return std::move(field->value);
}

}  // namespace assent
