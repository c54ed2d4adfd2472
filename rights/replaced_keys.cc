#include "rights/replaced_keys.h"

#include <algorithm>

#include "identity/resealer.h"
#include "identity/resolver.h"

namespace assent {

// Units with the version below which their keys end.
struct ReplacedKeys::Due {
  std::vector<Uuid> units;
  std::vector<std::int32_t> belows;

  static Due read(const Rows& rows) {
    Due due;
    for (const auto& row : rows) {
      due.units.push_back(row.uuid(0));
      due.belows.push_back(static_cast<std::int32_t>(row.integer(1)));
    }
    return due;
  }
  Due without(const Due& others) const {
    Due rest;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (std::ranges::find(others.units, units[i]) != others.units.end()) continue;
      rest.units.push_back(units[i]);
      rest.belows.push_back(belows[i]);
    }
    return rest;
  }
};

namespace {

constexpr StaticText kNamedActs =
    "SELECT act, count(*) FROM replaced_key WHERE act IS NOT NULL GROUP BY act ORDER BY act";
constexpr StaticText kOfAct = "SELECT FROM replaced_key WHERE act = $1 LIMIT 1";
// Of who is being erased all versions go with the person.
constexpr StaticText kDue = R"sql(
  SELECT unit_id, below FROM replaced_key AS k
   WHERE act IS NULL AND replaced_at <= $1
     AND NOT EXISTS (SELECT FROM pending_shred p WHERE p.unit_id = k.unit_id)
   ORDER BY replaced_at, unit_id, below LIMIT $2
)sql";
constexpr StaticText kNeeded = R"sql(
  SELECT DISTINCT n.u, n.b FROM sealed_values($1) AS v
    JOIN unnest($1::uuid[], $2::int[]) AS n (u, b) ON v.unit_id = n.u
   WHERE sealed_version(v.value, v.field = 'each') < n.b
)sql";
constexpr StaticText kDestroyed =
    "SELECT keys, keys_hash FROM key_replacement WHERE tenant = $1 AND act = $2";

using NamedActs = std::vector<std::pair<Uuid, std::int64_t>>;  // With the units of each.
struct Gone {
  std::int64_t keys = 0;
  Hash32 hash{};
};

Act process_act() {
  Act act;
  act.actor_kind = ActorKind::kProcess;
  act.purpose = PurposeCode::kOperations;
  return act;
}

}  // namespace

Status ReplacedKeys::name_due(TenantId tenant) const {
  for (;;) {
    const auto named = name_batch(tenant);
    if (!named.ok()) return named.error();
    if (!*named) return Unit{};
  }
}

Result<ReplacedReport> ReplacedKeys::finish(TenantId tenant) const {
  const auto acts = in_tx(services_.eraser, tenant, [](Tx& tx) -> Result<NamedActs> {
    NamedActs all;
    const Rows rows = tx.query(kNamedActs);
    for (const auto& row : rows) all.emplace_back(row.uuid(0), row.integer(1));
    return all;
  });
  if (!acts.ok()) return acts.error();
  ReplacedReport report;
  for (const auto& [act, units] : *acts) {
    const auto gone = in_tx(services_.safe, tenant, [&](Tx& tx) -> Result<std::optional<Gone>> {
      const Rows rows = tx.query(kDestroyed, {tenant, act});
      if (rows.empty()) return std::optional<Gone>();
      return std::optional(Gone{rows[0].integer(0), rows[0].hash(1)});
    });
    if (!gone.ok()) return gone.error();
    if (!*gone) {
      ++report.waiting;
      continue;
    }
    at_("replaced.destroyed");
    if (auto told = tell(tenant, act, (*gone)->keys, (*gone)->hash); !told.ok()) {
      return told.error();
    }
    at_("replaced.told");
    report.units += static_cast<std::size_t>(units);
    report.keys += static_cast<std::size_t>((*gone)->keys);
  }
  return report;
}

Status ReplacedKeys::tell(TenantId tenant, const Uuid& act, std::int64_t keys,
                          const Hash32& hash) const {
  return in_tx(services_.eraser, tenant, [&](Tx& tx) -> Status {
    lock_identity(tx);
    if (tx.query(kOfAct, {act}).empty()) return Unit{};  // Another was quicker.
    Leaf leaf = leaf_of(process_act(), AuditEvent::kRecordKeysRotated);
    leaf.object_kind = ObjectKind::kKey;
    leaf.object = act;
    leaf.result_count = static_cast<std::uint32_t>(keys);
    leaf.record_hash = hash;
    const EventId stored = services_.journal.append(tx, leaf);
    tx.exec("SELECT end_replaced_keys($1, $2)", {stored, act});
    return Unit{};
  });
}

Result<ReplacedKeys::Due> ReplacedKeys::still_needed(TenantId tenant, const Due& due) const {
  return in_tx(services_.data, tenant, [&](Tx& tx) -> Result<Due> {
    return Due::read(tx.query(kNeeded, {Param::array(due.units), Param::array(due.belows)}));
  });
}

Result<bool> ReplacedKeys::name_batch(TenantId tenant) const {
  const auto days = services_.retention.replaced_key_days();
  if (!days) return false;
  const Timestamp before{services_.data.clock().now().us - *days * kDayUs};
  auto due = in_tx(services_.eraser, tenant, [&](Tx& tx) -> Result<Due> {
    return Due::read(tx.query(kDue, {before, static_cast<std::int64_t>(kBatchMax)}));
  });
  if (!due.ok()) return due.error();
  if (due->units.empty()) return false;
  auto needed = still_needed(tenant, *due);
  if (!needed.ok()) return needed.error();
  if (!needed->units.empty()) {
    const Resealer resealer(services_.data, services_.keys, services_.journal, services_.random);
    const auto gathered = resealer.gather(tenant, process_act(), needed->units);
    if (!gathered.ok()) return gathered.error();
    needed = still_needed(tenant, *due);  // What does not open keeps its key.
    if (!needed.ok()) return needed.error();
  }
  const Due free = due->without(*needed);
  if (free.units.empty()) return false;
  auto named = in_tx(services_.eraser, tenant, [&](Tx& tx) -> Status {
    lock_identity(tx);
    tx.exec("SELECT name_replaced_keys($1, $2, $3)",
            {Uuid::v7(tx.now(), services_.random), Param::array(free.units),
             Param::array(free.belows)});
    return Unit{};
  });
  if (!named.ok()) return named.error();
  at_("replaced.named");
  return true;
}

}  // namespace assent
