#include "identity/state_reading.h"

#include <ostream>

#include "audit/act.h"
#include "audit/log_store.h"
#include "audit/state_dump.h"

namespace assent {
namespace {

constexpr StaticText kOrigin =
    "SELECT coalesce(h.origin, t.log_origin) FROM tenant t "
    "LEFT JOIN audit_head h ON h.tenant = t.tenant WHERE t.tenant = $1";
// Entries that have a number, and all that are committed.
constexpr StaticText kNumbered =
    "SELECT coalesce((SELECT size FROM audit_head WHERE tenant = assent_tenant()), 0)";
constexpr StaticText kCommitted =
    "SELECT coalesce((SELECT size FROM audit_head WHERE tenant = assent_tenant()), 0) "
    "+ (SELECT count(*) FROM audit_outbox WHERE tenant = assent_tenant())";
constexpr StaticText kPatience = "SET LOCAL statement_timeout = '4h'";

// The row hashes of identity/batch_rows.h and consent/consent_event.h, computed by PostgreSQL from
// the columns. One statement, hence one snapshot. A ledger row of an erased person has lost its
// contact point: its hash is taken as it is kept.
constexpr StaticText kState = R"sql(
DECLARE state NO SCROLL CURSOR FOR
SELECT * FROM (
  SELECT 0 AS kind, leaf_id, leaf_pos, 'record_version' AS sealed, row_id,
         sha256('\x0000000e'::bytea || 'record_version'::bytea
             || '\x00000010'::bytea || uuid_send(record_id)
             || '\x00000008'::bytea || int8send(version)
             || '\x00000010'::bytea || uuid_send(row_id)
             || '\x00000020'::bytea || sha256(fields::bytea)
             || '\x00000010'::bytea || content_tag) AS hash,
         row_hash, NULL::uuid AS request, NULL::uuid AS record
    FROM record_version WHERE tenant = assent_tenant()
  UNION ALL
  SELECT 0, leaf_id, leaf_pos, 'organisation', row_id,
         sha256('\x0000000c'::bytea || 'organisation'::bytea
             || '\x00000010'::bytea || uuid_send(organisation_id)
             || '\x00000010'::bytea || external_tag
             || '\x00000010'::bytea || name_tag
             || '\x00000010'::bytea || uuid_send(row_id)
             || '\x00000020'::bytea || sha256(fields::bytea)
             || '\x00000010'::bytea || content_tag),
         row_hash, NULL, NULL
    FROM organisation WHERE tenant = assent_tenant()
  UNION ALL
  SELECT 0, p.leaf_id, p.leaf_pos, 'purchase', p.purchase_id,
         sha256('\x00000008'::bytea || 'purchase'::bytea
             || '\x00000010'::bytea || uuid_send(p.purchase_id)
             || '\x00000010'::bytea || coalesce(k.key_tag, '')
             || '\x00000010'::bytea || uuid_send(p.record_id)
             || '\x00000008'::bytea
             || int8send((extract(epoch FROM p.ordered_at) * 1000000)::bigint)
             || '\x00000008'::bytea || int8send(p.quantity)
             || '\x00000008'::bytea || int8send(p.amount_minor)
             || int4send(octet_length(p.currency::text)) || convert_to(p.currency::text, 'UTF8')
             || int4send(octet_length(coalesce(p.product, '')))
             || convert_to(coalesce(p.product, ''), 'UTF8')
             || int4send(octet_length(coalesce(p.category, '')))
             || convert_to(coalesce(p.category, ''), 'UTF8')),
         p.row_hash, NULL, NULL
    FROM purchase p
    LEFT JOIN purchase_key k ON k.tenant = p.tenant AND k.record_id = p.record_id
                            AND k.purchase_id = p.purchase_id
   WHERE p.tenant = assent_tenant()
  UNION ALL
  SELECT 0, leaf_id, leaf_pos, 'rejected_row', rejected_id,
         sha256('\x0000000c'::bytea || 'rejected_row'::bytea
             || '\x00000010'::bytea || uuid_send(rejected_id)
             || '\x00000008'::bytea || int8send(line)
             || '\x00000008'::bytea || int8send(column_no)
             || int4send(octet_length(reason)) || convert_to(reason, 'UTF8')
             || int4send(octet_length(field)) || convert_to(field, 'UTF8')
             || '\x00000010'::bytea || uuid_send(row_id)
             || '\x00000020'::bytea || sha256(sealed::bytea)),
         row_hash, NULL, NULL
    FROM rejected_row WHERE tenant = assent_tenant()
  UNION ALL
  SELECT CASE WHEN t.record_id IS NULL THEN 0 ELSE 1 END, e.leaf_id, e.leaf_pos, 'consent_event',
         e.event_id,
         sha256('assent.consent_event.v1'::bytea || '\x00'::bytea
             || uuid_send(e.record_id) || uuid_send(e.event_id)
             || int2send(e.purpose_id) || substring(int2send(e.channel) FROM 2)
             || CASE WHEN length(e.contact_tag) = 0 THEN '\x00'::bytea
                     ELSE '\x01'::bytea || e.contact_tag END
             || substring(int2send(e.action) FROM 2)
             || int8send((extract(epoch FROM e.effective_at) * 1000000)::bigint)
             || int2send(e.source_id)
             || coalesce('\x01'::bytea || uuid_send(e.notice_id), '\x00')
             || substring(int2send(e.method) FROM 2) || substring(int2send(e.evidence_kind) FROM 2)
             || boolsend(e.separate_document) || boolsend(e.conditional)
             || boolsend(e.pre_ticked) || boolsend(e.by_verified_holder)
             || coalesce('\x01'::bytea || int4send(e.expires_on - DATE '1970-01-01'), '\x00')
             || coalesce('\x01'::bytea || sha256(e.evidence::bytea), '\x00')),
         e.row_hash, t.request_id, t.record_id
    FROM consent_event e
    LEFT JOIN tombstone t ON t.tenant = e.tenant AND t.record_id = e.record_id
   WHERE e.tenant = assent_tenant()
  UNION ALL
  SELECT 0, coalesce(leaf_id, '00000000-0000-0000-0000-000000000000'), coalesce(leaf_pos, 0),
         'tombstone', record_id, sha256(uuid_send(record_id) || uuid_send(request_id)),
         sha256(uuid_send(record_id) || uuid_send(request_id)), NULL, NULL
    FROM tombstone WHERE tenant = assent_tenant()
  UNION ALL
  SELECT 2, leaf_id, leaf_pos, '', by_leaf, entry, entry, NULL, NULL
    FROM removed_row WHERE tenant = assent_tenant()
  UNION ALL
  SELECT 3, by_leaf, by_pos, leaf_pos::text, leaf_id, entry, entry, NULL, NULL
    FROM removed_row WHERE tenant = assent_tenant()
) AS all_of_it ORDER BY leaf_id, leaf_pos
)sql";
constexpr StaticText kNext = "FETCH 5000 FROM state";

StateLine line_of(const Rows::Row& row) {
  StateLine line;
  line.kind = static_cast<StateLine::Kind>(row.integer(0));
  line.leaf = row.uuid(1);
  line.position = static_cast<std::uint32_t>(row.integer(2));
  line.row = row.uuid(4);
  line.hash = row.hash(5);
  line.kept = row.hash(6);
  if (line.kind == StateLine::Kind::kRemoval) {
    line.removed_position = static_cast<std::uint32_t>(std::stoul(row.text(3)));
  } else {
    line.table = row.text(3);
  }
  if (line.kind == StateLine::Kind::kErased) {
    line.request = row.uuid(7);
    line.record = row.uuid(8);
  }
  return line;
}

Result<StateReading> read_all(Tx& tx, StateDumpWriter& writer) {
  StateReading reading;
  tx.exec(kPatience);
  tx.exec(kState);
  while (true) {
    const Rows rows = tx.query(kNext);
    if (rows.empty()) break;
    for (const auto& row : rows) writer.add(line_of(row));
    reading.lines += static_cast<std::uint64_t>(rows.size());
  }
  // Everything that the snapshot could see has its place below this by now or waits for it.
  reading.covers = static_cast<std::uint64_t>(tx.query(kCommitted)[0].integer(0));
  if (auto done = writer.finish(reading.covers); !done.ok()) return done.error();
  return reading;
}

struct Start {
  std::string origin;
  std::uint64_t size = 0;
  EventId leaf;
};

}  // namespace

Result<StateReading> write_state(Database& db, TenantId tenant, Journal& journal, const Act& act,
                                 std::ostream& out) {
  auto start = in_tx(db, tenant, [&](Tx& tx) -> Result<Start> {
    const Rows rows = tx.query(kOrigin, {tenant});
    if (rows.empty()) return Error{ErrorCode::kNotFound, "no such tenant"};
    Leaf leaf = leaf_of(act, AuditEvent::kAuditExported);
    leaf.object_kind = ObjectKind::kTenant;
    leaf.object = tenant.value;
    const EventId told = journal.append(tx, leaf);
    return Start{rows[0].text(0), static_cast<std::uint64_t>(tx.query(kNumbered)[0].integer(0)),
                 told};
  });
  if (!start.ok()) return start.error();
  StateDumpWriter writer(out, start->origin, start->size);
  try {
    Tx tx(db, tenant);
    auto read = read_all(tx, writer);
    if (read.ok()) read->leaf = start->leaf;
    return read;
  } catch (const DbError& failure) {
    return to_error(failure);
  }
}

}  // namespace assent
