#include "consent/authorizer.h"

namespace assent {
namespace {

// The uuid order of PostgreSQL is that of the bytes, as RecordId's.
constexpr StaticText kReadable =
    "SELECT r.record_id, r.subject_ref, EXISTS (SELECT FROM record_flag f WHERE f.tenant = "
    "r.tenant "
    "AND f.record_id = r.record_id AND f.flag = 1 AND f.since <= $3 "
    "AND (f.until_at IS NULL OR f.until_at > $3)) "
    "FROM record r WHERE r.tenant = $1 AND r.record_id = ANY ($2) AND r.state = 0 ORDER BY 1";

// A restriction leaves what the person asks for and what proves that the law was kept.
bool reads_restricted(PurposeCode purpose) {
  return purpose == PurposeCode::kRightsRequest || purpose == PurposeCode::kAudit;
}

}  // namespace

Result<Grant> Authorizer::authorize_read(Tx& tx, const Act& act, std::vector<RecordId> records,
                                         std::uint64_t field_mask,
                                         const Journal::Detail* detail) const {
  if (field_mask == 0) return Error{ErrorCode::kInvalid, "no field is asked for"};
  if (records.size() > kRecordsMax) return Error{ErrorCode::kTooLarge, "too many records at once"};
  if (act.purpose == PurposeCode::kNone) return Error{ErrorCode::kDenied, "a read needs a purpose"};
  const Rows rows = tx.query(kReadable, {tx.tenant(), Param::array(records), tx.now()});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such record"};
  std::vector<RecordId> readable;
  SubjectRef subject;
  for (const auto& row : rows) {
    if (row.flag(2) && !reads_restricted(act.purpose)) continue;
    readable.push_back(row.id<RecordId>(0));
    subject = row.id<SubjectRef>(1);
  }
  if (readable.empty()) return Error{ErrorCode::kDenied, "processing is restricted"};
  Leaf leaf = leaf_of(act, AuditEvent::kRecordRead);
  if (readable.size() == 1) leaf.subject = subject;
  leaf.field_mask = field_mask;
  leaf.result_count = static_cast<std::uint32_t>(readable.size());
  const EventId stored =
      detail == nullptr ? journal_.append(tx, leaf) : journal_.append(tx, leaf, *detail);
  return Grant(std::move(readable), field_mask, act.purpose, stored);
}

}  // namespace assent
