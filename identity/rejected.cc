#include "rejected.h"

#include "core/sealed.h"

namespace assent {
namespace {

constexpr StaticText kList = R"sql(
  SELECT rejected_id, line, column_no, reason, field, denials_kept FROM rejected_row
   WHERE import_id = $1 AND line > $2 ORDER BY line, rejected_id LIMIT $3
)sql";

constexpr StaticText kExpired = R"sql(
  SELECT rejected_id FROM rejected_row r
   WHERE expires_at <= $1
     AND NOT EXISTS (SELECT FROM pending_shred WHERE unit_id = r.rejected_id)
   ORDER BY expires_at LIMIT $2
)sql";

constexpr StaticText kOrphans = R"sql(
  SELECT s FROM unnest($1::uuid[]) AS s
   WHERE s <> $2
     AND NOT EXISTS (SELECT FROM record WHERE record_id = s)
     AND NOT EXISTS (SELECT FROM organisation WHERE organisation_id = s)
     AND NOT EXISTS (SELECT FROM rejected_row WHERE rejected_id = s)
     AND NOT EXISTS (SELECT FROM pending_shred WHERE unit_id = s)
   ORDER BY s
)sql";

constexpr StaticText kKeyed = R"sql(
  SELECT DISTINCT subject FROM subject_key
   WHERE purpose = $1 AND created_at < $2 AND subject > $3 ORDER BY subject LIMIT $4
)sql";

std::vector<Uuid> column(const Rows& rows) {
  std::vector<Uuid> ids;
  for (const auto& row : rows) ids.push_back(row.uuid(0));
  return ids;
}

std::int64_t bound(std::size_t limit) {
  return static_cast<std::int64_t>(limit);
}

}  // namespace

std::vector<RejectedNote> list_rejected(Tx& tx, Uuid import, std::uint64_t after_line,
                                        std::size_t limit) {
  std::vector<RejectedNote> notes;
  const Rows rows = tx.query(kList, {import, static_cast<std::int64_t>(after_line), bound(limit)});
  for (const auto& row : rows) {
    notes.push_back({row.uuid(0), static_cast<std::uint64_t>(row.integer(1)),
                     static_cast<std::uint32_t>(row.integer(2)), row.text(3), row.text(4),
                     row.flag(5)});
  }
  return notes;
}

std::vector<Uuid> expired_rejects(Tx& tx, std::size_t limit) {
  return column(tx.query(kExpired, {tx.now(), bound(limit)}));
}

std::vector<Uuid> orphans_among(Tx& data, const std::vector<Uuid>& subjects) {
  return column(data.query(kOrphans, {Param::array(subjects), data.tenant()}));
}

std::vector<Uuid> keyed_subjects(Tx& safe, Timestamp made_before, Uuid after, std::size_t limit) {
  return column(safe.query(
      kKeyed, {static_cast<std::int16_t>(KeyPurpose::kFields), made_before, after, bound(limit)}));
}

}  // namespace assent
