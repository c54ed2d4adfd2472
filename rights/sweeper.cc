#include "rights/sweeper.h"

#include "destroyed_keys.h"
#include "identity/rejected.h"
#include "identity/resolver.h"
#include "identity/sealed_rows.h"

namespace assent {

// One act of sweeping, of units of one kind.
struct KeySweeper::Named {
  Uuid act;
  bool is_rejected = false;
  std::vector<Uuid> units;
  std::vector<DestroyedKeys> keys;  // Once they are gone.
};

namespace {

constexpr std::int16_t kOrphanKind = 3;  // As pending_shred has them.
constexpr std::int16_t kRejectedKind = 5;

constexpr StaticText kNamed = R"sql(
  SELECT request_id, unit_kind, unit_id FROM pending_shred
   WHERE unit_kind = ANY($1::smallint[]) ORDER BY request_id, unit_id
)sql";
constexpr StaticText kStillNamed =
    "SELECT EXISTS (SELECT FROM pending_shred WHERE request_id = $1)";

Leaf sweep_leaf(AuditEvent event, const Uuid& sweep, std::size_t count) {
  Act act;
  act.actor_kind = ActorKind::kProcess;
  act.purpose = PurposeCode::kOperations;
  act.basis = LegalBasis::kLegalObligation;
  Leaf leaf = leaf_of(act, event);
  leaf.object_kind = ObjectKind::kKey;
  leaf.object = sweep;
  leaf.result_count = static_cast<std::uint32_t>(count);
  return leaf;
}

void name(Tx& tx, const RightsServices& services, std::int16_t kind,
          const std::vector<Uuid>& units) {
  if (units.empty()) return;
  const Uuid sweep = Uuid::v7(tx.now(), services.random);
  const EventId leaf =
      services.journal.append(tx, sweep_leaf(AuditEvent::kEraseRequested, sweep, units.size()));
  tx.exec("SELECT begin_sweep($1, $2, $3, $4, $5)",
          {leaf, tx.now(), sweep, kind, Param::array(units)});
}

}  // namespace

Status KeySweeper::name_due(TenantId tenant) const {
  if (auto named = name_rejected(tenant); !named.ok()) return named;
  return name_orphans(tenant);
}

Status KeySweeper::name_rejected(TenantId tenant) const {
  for (bool is_more = true; is_more;) {
    const auto named = in_tx(services_.eraser, tenant, [&](Tx& tx) -> Result<std::size_t> {
      const std::vector<Uuid> due = expired_rejects(tx, kBatchMax);
      name(tx, services_, kRejectedKind, due);
      return due.size();
    });
    if (!named.ok()) return named.error();
    is_more = *named == kBatchMax;
    if (*named > 0) at_("sweep.named");
  }
  return Unit{};
}

Status KeySweeper::name_orphans(TenantId tenant) const {
  const Timestamp made_before{services_.data.clock().now().us - kOrphanAgeUs};
  for (Uuid after;;) {
    const auto keyed = in_tx(services_.safe, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
      return keyed_subjects(tx, made_before, after, kBatchMax);
    });
    if (!keyed.ok()) return keyed.error();
    if (keyed->empty()) return Unit{};
    after = keyed->back();
    const auto named = in_tx(services_.eraser, tenant, [&](Tx& tx) -> Result<bool> {
      const std::vector<Uuid> orphans = orphans_among(tx, *keyed);
      name(tx, services_, kOrphanKind, orphans);
      return !orphans.empty();
    });
    if (!named.ok()) return named.error();
    if (*named) at_("sweep.named");
  }
}

Result<std::vector<KeySweeper::Named>> KeySweeper::named(TenantId tenant) const {
  return in_tx(services_.eraser, tenant, [](Tx& tx) -> Result<std::vector<Named>> {
    std::vector<Named> sweeps;
    const Rows rows =
        tx.query(kNamed, {Param::array(std::vector<std::int16_t>{kOrphanKind, kRejectedKind})});
    for (const auto& row : rows) {
      if (sweeps.empty() || sweeps.back().act != row.uuid(0)) {
        sweeps.push_back({row.uuid(0), row.integer(1) == kRejectedKind, {}, {}});
      }
      sweeps.back().units.push_back(row.uuid(2));
    }
    return sweeps;
  });
}

Result<SweepReport> KeySweeper::finish(TenantId tenant) const {
  auto sweeps = named(tenant);
  if (!sweeps.ok()) return sweeps.error();
  SweepReport report;
  for (Named& sweep : *sweeps) {
    auto keys = destroyed_keys(services_.safe, tenant, sweep.act, sweep.units);
    if (!keys.ok()) return keys.error();
    if (!*keys) {
      report.waiting += sweep.units.size();
      continue;
    }
    sweep.keys = **std::move(keys);
    at_("sweep.keys_gone");
    const auto done =
        in_tx(services_.eraser, tenant, [&](Tx& tx) -> Status { return finish(tx, sweep); });
    if (!done.ok()) return done.error();
    at_("sweep.finished");
    (sweep.is_rejected ? report.rejected : report.orphans) += sweep.units.size();
  }
  return report;
}

Status KeySweeper::finish(Tx& tx, const Named& sweep) const {
  lock_identity(tx);
  if (!tx.query(kStillNamed, {sweep.act})[0].flag(0)) return Unit{};  // Another was quicker.
  Leaf destroyed = sweep_leaf(AuditEvent::kKeyDestroyed, sweep.act, key_count(sweep.keys));
  destroyed.record_hash = destruction_hash(sweep.keys);
  EventId leaf = services_.journal.append(tx, destroyed);
  if (sweep.is_rejected) {
    const auto rows = sealed_rows_of(tx, {{}, sweep.units, {}});
    leaf = append_removal(tx, services_.journal,
                          sweep_leaf(AuditEvent::kErasureCompleted, sweep.act, sweep.units.size()),
                          rows)
               .leaf;
  }
  tx.exec("SELECT complete_sweep($1, $2)", {leaf, sweep.act});
  return Unit{};
}

}  // namespace assent
