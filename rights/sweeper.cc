#include "rights/sweeper.h"

#include "identity/rejected.h"
#include "shredder.h"

namespace assent {
namespace {

constexpr StaticText kNamed =
    "SELECT unit_id FROM pending_shred WHERE unit_kind = 3 ORDER BY unit_id LIMIT $1";

Act sweep_act() {
  Act act;
  act.actor_kind = ActorKind::kProcess;
  act.purpose = PurposeCode::kOperations;
  act.basis = LegalBasis::kLegalObligation;
  return act;
}

Leaf sweep_leaf(AuditEvent event, std::size_t count) {
  Leaf leaf = leaf_of(sweep_act(), event);
  leaf.object_kind = ObjectKind::kKey;
  leaf.result_count = static_cast<std::uint32_t>(count);
  return leaf;
}

}  // namespace

Result<SweepReport> KeySweeper::run_once(TenantId tenant) const {
  SweepReport report;
  const auto rejected = sweep_rejected(tenant);
  if (!rejected.ok()) return rejected.error();
  report.rejected = *rejected;
  Uuid after;
  for (bool is_more = true; is_more;) {
    const auto finished = finish_orphans(tenant);
    if (!finished.ok()) return finished.error();
    report.orphans += *finished;
    const auto named = name_orphans(tenant, after);
    if (!named.ok()) return named.error();
    is_more = *named;
  }
  const auto finished = finish_orphans(tenant);
  if (!finished.ok()) return finished.error();
  report.orphans += *finished;
  return report;
}

Result<std::size_t> KeySweeper::sweep_rejected(TenantId tenant) const {
  std::size_t gone = 0;
  for (;;) {
    const auto due = in_tx(services_.data, tenant, [](Tx& tx) -> Result<std::vector<Uuid>> {
      return expired_rejects(tx, kBatchMax);
    });
    if (!due.ok()) return due.error();
    if (due->empty()) return gone;
    const auto keys =
        Shredder(services_.key_destroyer).destroy(tenant, *due, {KeyPurpose::kFields});
    if (!keys.ok()) return keys.error();
    at_("sweep.rejected_keys");
    const auto deleted = in_tx(services_.data, tenant, [&](Tx& tx) -> Result<std::size_t> {
      return delete_rejects(tx, sweep_act(), services_.journal, *due);
    });
    if (!deleted.ok()) return deleted.error();
    gone += *deleted;
  }
}

Result<bool> KeySweeper::name_orphans(TenantId tenant, Uuid& after) const {
  const Timestamp made_before{services_.data.clock().now().us - kOrphanAgeUs};
  const auto keyed =
      in_tx(services_.key_destroyer, tenant, [&](Tx& tx) -> Result<std::vector<Uuid>> {
        return keyed_subjects(tx, made_before, after, kBatchMax);
      });
  if (!keyed.ok()) return keyed.error();
  if (keyed->empty()) return false;
  after = keyed->back();
  const auto named = in_tx(services_.eraser, tenant, [&](Tx& tx) -> Status {
    const std::vector<Uuid> orphans = orphans_among(tx, *keyed);
    if (orphans.empty()) return Unit{};
    const EventId leaf =
        services_.journal.append(tx, sweep_leaf(AuditEvent::kEraseRequested, orphans.size()));
    tx.exec("SELECT begin_sweep($1, $2, $3, $4)",
            {leaf, tx.now(), Uuid::v7(tx.now(), services_.random), Param::array(orphans)});
    return Unit{};
  });
  if (!named.ok()) return named.error();
  at_("sweep.orphans_named");
  return true;
}

Result<std::size_t> KeySweeper::finish_orphans(TenantId tenant) const {
  const auto named = in_tx(services_.eraser, tenant, [](Tx& tx) -> Result<std::vector<Uuid>> {
    std::vector<Uuid> units;
    const Rows rows = tx.query(kNamed, {static_cast<std::int64_t>(kBatchMax)});
    for (const auto& row : rows) units.push_back(row.uuid(0));
    return units;
  });
  if (!named.ok()) return named.error();
  if (named->empty()) return std::size_t{0};
  const auto keys =
      Shredder(services_.key_destroyer).destroy(tenant, *named, {KeyPurpose::kFields});
  if (!keys.ok()) return keys.error();
  at_("sweep.orphan_keys");
  return in_tx(services_.eraser, tenant, [&](Tx& tx) -> Result<std::size_t> {
    Leaf leaf = sweep_leaf(AuditEvent::kKeyDestroyed, key_count(*keys));
    leaf.record_hash = destruction_hash(*keys);
    const EventId stored = services_.journal.append(tx, leaf);
    tx.exec("SELECT complete_sweep($1, $2)", {stored, Param::array(*named)});
    return named->size();
  });
}

}  // namespace assent
