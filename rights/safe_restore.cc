#include "rights/safe_restore.h"

#include <algorithm>

#include "audit/leaf.h"
#include "audit/log_store.h"

namespace assent {
namespace {

constexpr std::int64_t kPage = 5'000;
constexpr std::uint64_t kEntriesAtOnce = 4'096;

constexpr StaticText kErased =
    "SELECT record_id, request_id FROM tombstone WHERE record_id > $1 ORDER BY record_id LIMIT $2";
// What an older safe has forgotten: there is a key again, or it never heard of the end.
constexpr StaticText kForgotten = R"sql(
  SELECT u.unit, u.request FROM unnest($2::uuid[], $3::uuid[]) AS u (unit, request)
   WHERE EXISTS (SELECT FROM subject_key k
                  WHERE k.tenant = $1 AND k.subject = u.unit AND k.purpose = 0)
      OR NOT EXISTS (SELECT FROM tombstone t WHERE t.tenant = $1 AND t.subject = u.unit)
   ORDER BY u.unit
)sql";
constexpr StaticText kNewestErased =
    "SELECT record_id FROM tombstone ORDER BY erased_at DESC LIMIT 100";
constexpr StaticText kLiving =
    "SELECT record_id FROM record WHERE state IN (0, 3) AND record_id > $1 "
    "ORDER BY record_id LIMIT $2";
constexpr StaticText kPending = "SELECT unit_id FROM pending_shred WHERE unit_id = ANY ($1)";
constexpr StaticText kWithKey =
    "SELECT DISTINCT subject FROM subject_key WHERE tenant = $1 AND subject = ANY ($2) AND purpose "
    "= 0";
constexpr StaticText kWithTombstone =
    "SELECT count(*) FROM tombstone WHERE tenant = $1 AND subject = ANY ($2)";
constexpr StaticText kRevoke =
    "UPDATE token SET revoked_at = $2 WHERE tenant = $1 AND revoked_at IS NULL AND "
    "(token_id = ANY ($3) OR created_at <= $4)";

std::vector<Uuid> column(const Rows& rows) {
  std::vector<Uuid> ids;
  for (const auto& row : rows) ids.push_back(row.uuid(0));
  return ids;
}

Result<std::vector<Uuid>> page_of(Database& data, TenantId tenant, StaticText page, Uuid after) {
  return in_tx(data, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
    return column(tx.query(page, {after, kPage}));
  });
}

Result<std::vector<Uuid>> with_key(Database& safe, TenantId tenant,
                                   const std::vector<Uuid>& units) {
  return in_tx(safe, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
    return column(tx.query(kWithKey, {tenant, Param::array(units)}));
  });
}

struct Erased {
  Uuid unit;
  Uuid request;
};
Result<std::vector<Erased>> erased_after(Database& data, TenantId tenant, Uuid after) {
  return in_tx(data, tenant, [&](Tx& tx) -> Result<std::vector<Erased>> {
    std::vector<Erased> erased;
    const Rows rows = tx.query(kErased, {after, kPage});
    for (const auto& row : rows) erased.push_back({row.uuid(0), row.uuid(1)});
    return erased;
  });
}

// By request.
Result<std::map<Uuid, std::vector<Uuid>>> forgotten(Database& safe, TenantId tenant,
                                                    const std::vector<Erased>& erased) {
  std::vector<Uuid> units;
  std::vector<Uuid> requests;
  for (const Erased& one : erased) {
    units.push_back(one.unit);
    requests.push_back(one.request);
  }
  return in_tx(safe, tenant, [&](Tx& tx) -> Result<std::map<Uuid, std::vector<Uuid>>> {
    std::map<Uuid, std::vector<Uuid>> by_request;
    const Rows rows = tx.query(kForgotten, {tenant, Param::array(units), Param::array(requests)});
    for (const auto& row : rows) by_request[row.uuid(1)].push_back(row.uuid(0));
    return by_request;
  });
}

// What the log says was revoked: tokens by their ids, and all that were there at a time.
struct Revoked {
  std::vector<Uuid> tokens;
  Timestamp all_until;
};
Result<Revoked> revoked_in_log(Database& data, TenantId tenant) {
  return in_tx(data, tenant, [&](Tx& tx) -> Result<Revoked> {
    Revoked revoked;
    LogStore log(tx, tenant);
    const std::uint64_t size = log.head().size;
    for (std::uint64_t first = log.first_kept().value_or(0); first < size;
         first += kEntriesAtOnce) {
      for (const StoredEntry& entry : log.entries(first, std::min(size, first + kEntriesAtOnce))) {
        const auto leaf = decode(entry.leaf);
        if (!leaf.ok()) return leaf.error();
        if (leaf->event != AuditEvent::kTokenRevoked) continue;
        if (leaf->object.is_nil()) {
          revoked.all_until = leaf->time;
        } else {
          revoked.tokens.push_back(leaf->object);
        }
      }
    }
    return revoked;
  });
}

}  // namespace

Result<std::size_t> SafeRestore::destroy_again(TenantId tenant, const Act& act) const {
  std::size_t named = 0;
  for (Uuid after;;) {
    const auto erased = erased_after(services_.data, tenant, after);
    if (!erased.ok()) return erased.error();
    if (erased->empty()) return named;
    after = erased->back().unit;
    const auto untold = forgotten(services_.safe, tenant, *erased);
    if (!untold.ok()) return untold.error();
    const auto begun = in_tx(services_.eraser, tenant, [&](Tx& tx) -> Result<std::size_t> {
      return name_again(tx, act, *untold);
    });
    if (!begun.ok()) return begun.error();
    named += *begun;
  }
}

// Under the requests of then: a later restore of the data looks for these acts.
std::size_t SafeRestore::name_again(Tx& tx, const Act& act,
                                    const std::map<Uuid, std::vector<Uuid>>& by_request) const {
  std::size_t named = 0;
  for (const auto& [request, units] : by_request) {
    std::vector<Uuid> fresh = units;
    const std::vector<Uuid> pending = column(tx.query(kPending, {Param::array(units)}));
    std::erase_if(fresh, [&](const Uuid& unit) {
      return std::find(pending.begin(), pending.end(), unit) != pending.end();
    });
    if (fresh.empty()) continue;
    Leaf leaf = leaf_of(act, AuditEvent::kEraseRequested);
    leaf.object_kind = ObjectKind::kKey;
    leaf.object = request;
    leaf.result_count = static_cast<std::uint32_t>(fresh.size());
    const EventId stored = services_.journal.append(tx, leaf);
    tx.exec("SELECT begin_sweep($1, $2, $3, $4, $5)",
            {stored, tx.now(), request, std::int16_t{3}, Param::array(fresh)});
    named += fresh.size();
  }
  return named;
}

Result<std::size_t> SafeRestore::revoke_again(TenantId tenant) const {
  const auto revoked = revoked_in_log(services_.data, tenant);
  if (!revoked.ok()) return revoked.error();
  return in_tx(services_.safe, tenant, [&](Tx& tx) -> Result<std::size_t> {
    return static_cast<std::size_t>(
        tx.exec(kRevoke, {tenant, tx.now(), Param::array(revoked->tokens), revoked->all_until}));
  });
}

Result<std::size_t> SafeRestore::records_without_key(TenantId tenant) const {
  std::size_t lost = 0;
  for (Uuid after;;) {
    const auto living = page_of(services_.data, tenant, kLiving, after);
    if (!living.ok()) return living.error();
    if (living->empty()) return lost;
    after = living->back();
    const auto keyed = with_key(services_.safe, tenant, *living);
    if (!keyed.ok()) return keyed.error();
    lost += living->size() - keyed->size();
  }
}

Result<bool> is_safe_whole(Database& data, Database& safe, TenantId tenant) {
  const auto erased = in_tx(data, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
    return column(tx.query(kNewestErased));
  });
  if (!erased.ok()) return erased.error();
  if (erased->empty()) return true;
  return in_tx(safe, tenant, [&](Tx& tx) -> Result<bool> {
    const Rows rows = tx.query(kWithTombstone, {tenant, Param::array(*erased)});
    return rows[0].integer(0) == static_cast<std::int64_t>(erased->size());
  });
}

}  // namespace assent
