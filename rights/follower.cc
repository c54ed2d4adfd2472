#include "rights/follower.h"

#include <algorithm>
#include <vector>

namespace assent {
namespace {

constexpr StaticText kStart = R"sql(
  SELECT position FROM denial
   WHERE tenant = $1
     AND at < (SELECT max(at) FROM denial WHERE tenant = $1) - make_interval(secs => $2::float8)
   ORDER BY at DESC, position DESC LIMIT 1
)sql";

// The body is what a replay needs (denial_line.h reads it): the statements that came with the
// position, each with what would suppress its address, should the record be lost; the flags, with
// the same of the record; whom it is not to be linked with; of addresses that are nobody's in
// particular (the nil record) their suppression. The line of an erasure's markers names their
// reference: those that stand, none once they are lifted. The lines of an erasure name its request,
// and as long as their keys wait to be destroyed its rejected rows and organisations.
constexpr StaticText kFeed = R"sql(
  SELECT f.position, f.kind, f.record_id, f.at, convert_to(json_build_object(
         'events', coalesce((
           SELECT json_agg(json_build_object(
                    'event', e.event_id, 'purpose', e.purpose_id, 'channel', e.channel,
                    'contact', encode(e.contact_tag, 'hex'), 'action', e.action,
                    'effective_at', e.effective_at, 'source', s.name, 'method', e.method,
                    'suppression', encode(c.suppression_tag, 'hex')) ORDER BY e.event_id)
             FROM consent_event e
             LEFT JOIN source s ON s.source_id = e.source_id
             LEFT JOIN contact_suppression_tag c
               ON e.contact_tag <> '' AND c.contact_tag = e.contact_tag
            WHERE e.record_id = f.record_id AND e.recorded_at = f.at AND e.action IN (3, 4, 5, 7)),
           '[]'::json),
         'flags', coalesce((
           SELECT json_agg(json_build_object('flag', g.flag, 'since', g.since, 'until', g.until_at)
                           ORDER BY g.flag, g.since)
             FROM record_flag g WHERE g.record_id = f.record_id), '[]'::json),
         'addresses', coalesce((
           SELECT json_agg(DISTINCT encode(c.suppression_tag, 'hex'))
             FROM identifier i JOIN contact_suppression_tag c ON c.contact_tag = i.tag
            WHERE i.record_id = f.record_id), '[]'::json),
         'apart', coalesce((
           SELECT json_agg(l.record_b ORDER BY l.record_b)
             FROM cannot_link l
            WHERE f.kind = 6 AND l.record_a = f.record_id AND l.created_at = f.at), '[]'::json),
         'request', CASE WHEN f.kind = 5 THEN coalesce(
           (SELECT p.request_id FROM pending_shred p WHERE p.unit_id = f.record_id),
           (SELECT t.request_id FROM tombstone t WHERE t.record_id = f.record_id),
           (SELECT r.request_id FROM request r WHERE r.received_at = f.at LIMIT 1)) END,
         'units', coalesce((
           SELECT json_agg(json_build_object('unit', p.unit_id, 'kind', p.unit_kind)
                           ORDER BY p.unit_id)
             FROM pending_shred p
            WHERE f.kind = 5 AND p.asked_at = f.at AND p.unit_kind IN (2, 4)), '[]'::json),
         'suppressions', coalesce((
           SELECT json_agg(json_build_object('tag', encode(s.suppression_tag, 'hex'),
                    'channel', s.channel, 'since', s.since, 'key_version', s.key_version)
                           ORDER BY s.suppression_tag, s.channel)
             FROM suppression s
            WHERE f.record_id = '00000000-0000-0000-0000-000000000000' AND s.noted_at = f.at),
           '[]'::json),
         'markers', coalesce((
           SELECT json_agg(json_build_object('tag', encode(m.marker_tag, 'hex'), 'kind', m.kind,
                           'erased_at', m.erased_at) ORDER BY m.marker_tag, m.kind)
             FROM erasure_marker m
            WHERE f.kind = 5 AND m.group_ref = f.record_id AND m.lifted_at IS NULL),
           '[]'::json))::text, 'UTF8')
    FROM change_feed f
   WHERE f.position > $1 AND f.kind IN (4, 5, 6) ORDER BY f.position LIMIT $2
)sql";

constexpr StaticText kStore = R"sql(
  INSERT INTO denial (tenant, position, kind, record_id, body, at)
  SELECT $1, p, k, r, b, a
    FROM unnest($2::bigint[], $3::smallint[], $4::uuid[], $5::bytea[], $6::timestamptz[])
      AS n (p, k, r, b, a)
  ON CONFLICT (tenant, position) DO NOTHING RETURNING at
)sql";

struct Page {
  std::vector<std::int64_t> positions;
  std::vector<std::int16_t> kinds;
  std::vector<Uuid> records;
  std::vector<Bytes> bodies;
  std::vector<Timestamp> times;
};

Result<Page> read_page(Database& data, TenantId tenant, std::int64_t after) {
  return in_tx(data, tenant, [&](Tx& tx) -> Result<Page> {
    Page page;
    const Rows rows =
        tx.query(kFeed, {after, static_cast<std::int64_t>(DenialFollower::kBatchMax)});
    for (const auto& row : rows) {
      page.positions.push_back(row.integer(0));
      page.kinds.push_back(static_cast<std::int16_t>(row.integer(1)));
      page.records.push_back(row.uuid(2));
      page.times.push_back(row.time(3));
      page.bodies.push_back(row.bytes(4));
    }
    return page;
  });
}

Status store_page(Database& safe, TenantId tenant, const Page& page, FollowReport& report) {
  const auto stored = in_tx(safe, tenant, [&](Tx& tx) -> Result<std::vector<Timestamp>> {
    std::vector<Timestamp> times;
    const Rows rows = tx.query(
        kStore, {tenant, Param::array(page.positions), Param::array(page.kinds),
                 Param::array(page.records), Param::array(page.bodies), Param::array(page.times)});
    for (const auto& row : rows) times.push_back(row.time(0));
    return times;
  });
  if (!stored.ok()) return stored.error();
  report.copied += stored->size();
  const std::int64_t now = safe.clock().now().us;
  for (const Timestamp& at : *stored) report.lag_us = std::max(report.lag_us, now - at.us);
  return Unit{};
}

}  // namespace

Result<FollowReport> DenialFollower::run_once(TenantId tenant) const {
  const auto start = in_tx(safe_, tenant, [&](Tx& tx) -> Result<std::int64_t> {
    const Rows rows = tx.query(kStart, {tenant, static_cast<double>(kLateUs) / kSecondUs});
    return rows.empty() ? 0 : rows[0].integer(0);
  });
  if (!start.ok()) return start.error();
  FollowReport report;
  report.position = *start;
  for (;;) {
    const auto page = read_page(data_, tenant, report.position);
    if (!page.ok()) return page.error();
    if (page->positions.empty()) return report;
    auto stored = store_page(safe_, tenant, *page, report);
    if (!stored.ok()) return stored.error();
    report.position = page->positions.back();
  }
}

}  // namespace assent
