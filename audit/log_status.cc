#include "audit/log_status.h"

namespace assent {
namespace {

// The time of a waiting leaf stands in the leaf (docs/audit-format.md).
constexpr StaticText kStatus = R"sql(
  SELECT l.log, (SELECT count(*) FROM audit_outbox o WHERE o.tenant = l.log), coalesce(h.size, 0),
         coalesce(c.size, 0), c.signed_at,
         (SELECT ('x' || encode(substring(o.leaf FROM 40 FOR 8), 'hex'))::bit(64)::bigint
            FROM audit_outbox o WHERE o.tenant = l.log ORDER BY o.outbox_id LIMIT 1),
         (SELECT a.sequenced_at FROM audit_leaf a
           WHERE a.tenant = l.log AND a.idx = coalesce(c.size, 0) LIMIT 1)
    FROM unnest($1::uuid[]) WITH ORDINALITY l(log, place)
    LEFT JOIN audit_head h ON h.tenant = l.log
    LEFT JOIN LATERAL (SELECT size, signed_at FROM audit_checkpoint k WHERE k.tenant = l.log
                        ORDER BY size DESC LIMIT 1) c ON true
   ORDER BY l.place
)sql";

}  // namespace

Result<std::vector<LogStatus>> log_status(Database& db, const std::vector<TenantId>& logs) {
  return in_tx(db, TenantId{}, [&](Tx& tx) -> Result<std::vector<LogStatus>> {
    std::vector<LogStatus> all;
    const Rows rows = tx.query(kStatus, {Param::array(logs)});
    for (const auto& row : rows) {
      LogStatus& status = all.emplace_back();
      status.log = row.id<TenantId>(0);
      status.waiting = static_cast<std::uint64_t>(row.integer(1));
      status.size = static_cast<std::uint64_t>(row.integer(2));
      status.signed_size = static_cast<std::uint64_t>(row.integer(3));
      status.signed_at = row.optional(4, &Rows::Row::time);
      if (!row.is_null(5)) status.waiting_since = Timestamp{row.integer(5)};
      status.unsigned_since = row.optional(6, &Rows::Row::time);
    }
    return all;
  });
}

}  // namespace assent
