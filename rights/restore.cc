#include "rights/restore.h"

#include <algorithm>

#include "audit/log_store.h"
#include "consent/suppression.h"
#include "denial_replay.h"
#include "identity/resolver.h"
#include "journal_pages.h"

namespace assent {
namespace {

constexpr StaticText kTenants = "SELECT journal_tenants()";
// New positions come after all that the journal knows, or it would take them for known.
constexpr StaticText kPassPositions =
    "SELECT setval('change_feed_position_seq', greatest($1, nextval('change_feed_position_seq')))";
constexpr StaticText kBegin = "SELECT begin_erasure($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr StaticText kReceived = "SELECT request_was_received($1, $2, $3)";
constexpr StaticText kRowsAreBack = "UPDATE audit_head SET rows_lost_from = NULL WHERE tenant = $1";
constexpr StaticText kReplayed = R"sql(
  INSERT INTO replayed (tenant, position, at)
  SELECT $1, coalesce(max(position), 0), $2 FROM denial WHERE tenant = $1
  ON CONFLICT (tenant) DO UPDATE SET position = excluded.position, at = excluded.at
)sql";

constexpr StaticText kLostRows =
    "SELECT tenant FROM audit_head WHERE rows_lost_from IS NOT NULL";
constexpr StaticText kNewest = R"sql(
  SELECT d.position, d.kind, d.record_id, d.at FROM denial d
   WHERE d.tenant = $1
     AND d.position > coalesce((SELECT r.position FROM replayed r WHERE r.tenant = $1), 0)
   ORDER BY d.position DESC LIMIT 1
)sql";
constexpr StaticText kInFeed = R"sql(
  SELECT 1 FROM change_feed
   WHERE tenant = $1 AND position = $2 AND kind = $3 AND record_id = $4 AND at = $5
)sql";

Leaf restored_leaf(const Act& act, TenantId tenant, std::size_t denials) {
  Leaf leaf = leaf_of(act, AuditEvent::kDataRestored);
  leaf.object_kind = ObjectKind::kLog;
  leaf.object = tenant.value;
  leaf.result_count = static_cast<std::uint32_t>(denials);
  return leaf;
}

// The newest line of a tenant's journal is in its feed, or was replayed by a restore.
Result<bool> has_newest_denial(Database& data, Database& journal_of_denials, TenantId tenant) {
  struct Line {
    std::int64_t position;
    std::int16_t kind;
    Uuid record;
    Timestamp at;
  };
  const auto newest = in_tx(journal_of_denials, tenant, [&](Tx& tx) -> Result<std::optional<Line>> {
    const Rows rows = tx.query(kNewest, {tenant});
    if (rows.empty()) return std::optional<Line>{};
    return std::optional<Line>{{rows[0].integer(0), static_cast<std::int16_t>(rows[0].integer(1)),
                                rows[0].uuid(2), rows[0].time(3)}};
  });
  if (!newest.ok()) return newest.error();
  if (!*newest) return true;
  const Line& line = **newest;
  return in_tx(data, tenant, [&](Tx& tx) -> Result<bool> {
    return !tx.query(kInFeed, {tenant, line.position, line.kind, line.record, line.at}).empty();
  });
}

Result<std::vector<TenantId>> tenants_of(Database& journal_of_denials) {
  return in_tx(journal_of_denials, TenantId{}, [](Tx& tx) -> Result<std::vector<TenantId>> {
    std::vector<TenantId> tenants;
    const Rows rows = tx.query(kTenants);
    for (const auto& row : rows) tenants.push_back(row.id<TenantId>(0));
    return tenants;
  });
}

}  // namespace

Result<std::vector<TenantId>> DataRestore::journal_tenants() const {
  return tenants_of(denials_);
}

Result<std::size_t> DataRestore::replay(const RestorePlan& plan, const Act& act,
                                        const ReplayProgress& progress) const {
  auto passed = in_tx(owner_, plan.tenant, [&](Tx& tx) -> Status {
    tx.query(kPassPositions, {plan.journal_end});
    return Unit{};
  });
  if (!passed.ok()) return passed.error();
  at_("restore.positions_passed");
  std::size_t done = 0;
  std::size_t of_lost = 0;
  auto walked = for_each_missing(denials_, services_.data, plan.tenant,
                                 [&](std::span<const DenialLine> lines, std::int64_t) -> Status {
                                   if (lines.empty()) return Unit{};
                                   const auto replayed =
                                       in_tx(services_.data, plan.tenant, [&](Tx& tx) {
                                         return replay_denials(tx, services_, act, lines);
                                       });
                                   if (!replayed.ok()) return replayed.error();
                                   at_("restore.page_replayed");
                                   of_lost += replayed->of_lost_records;
                                   done += lines.size();
                                   if (progress) progress(done, std::max(done, plan.denials));
                                   return Unit{};
                                 });
  if (!walked.ok()) return walked.error();
  return of_lost;
}

Status DataRestore::erase_again(const RestorePlan& plan, const Act& act) const {
  for (const ErasureAgain& one : plan.erasures) {
    auto begun = in_tx(services_.data, plan.tenant, [&](Tx& tx) -> Status {
      lock_identity(tx);
      Leaf leaf = leaf_of(act, AuditEvent::kEraseRequested);
      leaf.object_kind = ObjectKind::kRequest;
      leaf.object = one.request.value;
      leaf.request = one.request;
      leaf.result_count = static_cast<std::uint32_t>(one.records.size());
      const EventId stored = services_.journal.append(tx, leaf);
      const auto kept = Suppressions(services_.journal).keep_denials(tx, stored, one.records);
      if (!kept.ok()) return kept.error();
      tx.exec(kBegin, {stored, tx.now(), one.request, one.asked_by, Param::array(one.records),
                       Param::array(one.rejected), Param::array(one.organisations),
                       services_.retention.destroys_evidence()});
      if (one.received_at.us != 0) tx.exec(kReceived, {stored, one.request, one.received_at});
      return Unit{};
    });
    if (!begun.ok()) return begun;
    at_("restore.erasure_begun");
  }
  return Unit{};
}

Result<EventId> DataRestore::finish(const RestorePlan& plan, const Act& act) const {
  EventId told;
  auto done = in_tx(owner_, plan.tenant, [&](Tx& tx) -> Status {
    told = services_.journal.append(tx, restored_leaf(act, plan.tenant, plan.denials));
    tx.exec(kRowsAreBack, {plan.tenant});
    return Unit{};
  });
  if (!done.ok()) return done.error();
  at_("restore.told");
  if (auto noted = note_replayed(plan.tenant); !noted.ok()) return noted.error();
  return told;
}

Result<EventId> DataRestore::finish_installation(const Act& act) const {
  EventId told;
  auto done = in_tx(owner_, TenantId{}, [&](Tx& tx) -> Status {
    told = services_.journal.append(tx, restored_leaf(act, TenantId{}, 0));
    tx.exec(kRowsAreBack, {TenantId{}});
    return Unit{};
  });
  if (!done.ok()) return done.error();
  return told;
}

Status DataRestore::note_replayed(TenantId tenant) const {
  return in_tx(denials_, tenant, [&](Tx& tx) -> Status {
    tx.exec(kReplayed, {tenant, tx.now()});
    return Unit{};
  });
}

Result<std::vector<TenantId>> logs_without_rows(Database& log_reader) {
  return in_tx(log_reader, TenantId{}, [](Tx& tx) -> Result<std::vector<TenantId>> {
    std::vector<TenantId> logs;
    const Rows rows = tx.query(kLostRows);
    for (const auto& row : rows) logs.push_back(row.id<TenantId>(0));
    return logs;
  });
}

Result<bool> is_data_whole(Database& data, Database& log_reader, Database& journal_of_denials) {
  const auto lost = logs_without_rows(log_reader);
  if (!lost.ok()) return lost.error();
  if (!lost->empty()) return false;
  const auto tenants = tenants_of(journal_of_denials);
  if (!tenants.ok()) return tenants.error();
  for (const TenantId tenant : *tenants) {
    const auto has = has_newest_denial(data, journal_of_denials, tenant);
    if (!has.ok() || !*has) return has;
  }
  return true;
}

}  // namespace assent
