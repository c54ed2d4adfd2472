#include "batch.h"

#include <algorithm>
#include <set>

#include "consent/ledger.h"
#include "identity/profile_facts.h"
#include "identity/sealed_rows.h"

namespace assent {
namespace {

// The leaf's rows, and where each kind of row begins among them.
struct Sealed {
  EventId leaf;
  std::vector<RemovedRow> removed;
  std::vector<std::int32_t> positions;
  std::size_t taken = 0;
  // The positions of the next `count` rows.
  Positions next(std::size_t count) {
    const Positions all(positions);
    taken += count;
    return all.subspan(taken - count, count);
  }
};

template <class Row>
void add_rows(std::vector<BatchRow>& all, const std::vector<Row>& rows) {
  for (const Row& row : rows) all.push_back(batch_row(row));
}

// Order lines and organisations that stand and are corrected by the batch.
std::vector<RemovedRow> corrected(Tx& tx, const Batch& batch) {
  std::vector<RemovedRow> rows;
  if (!batch.replaced.empty()) rows = sealed_purchases(tx, batch.replaced);
  if (batch.organisations.empty()) return rows;
  UnitsThatGo units;
  for (const OrganisationRow& row : batch.organisations) {
    units.organisations.push_back(row.organisation);
  }
  const auto older = sealed_rows_of(tx, units);
  rows.insert(rows.end(), older.begin(), older.end());
  return rows;
}

Sealed seal(Tx& tx, const BatchScope& scope, const Batch& batch) {
  std::vector<RemovedRow> removed = corrected(tx, batch);
  std::vector<BatchRow> rows;
  add_rows(rows, removed);
  add_rows(rows, batch.versions);
  add_rows(rows, batch.organisations);
  add_rows(rows, batch.purchases);
  add_rows(rows, batch.rejected);
  for (const ConsentEvent& event : batch.consents) {
    rows.push_back({"consent_event", event.id.value, row_hash(event)});
  }
  const BatchSeal sealed = seal_batch(rows);
  Leaf leaf = leaf_of(scope.act, AuditEvent::kBatch);
  leaf.object_kind = ObjectKind::kImport;
  leaf.object = scope.import;
  leaf.record_hash = sealed.root;
  leaf.result_count = static_cast<std::uint32_t>(rows.size());
  return {scope.services.journal.append(tx, leaf), std::move(removed), sealed.positions};
}

// The same statement may stand twice in a file, or be known from an earlier one; so are the
// suppressions that it asks for.
void drop_known(Tx& tx, const Ledger& ledger, Batch& batch) {
  if (batch.consents.empty()) return;
  std::set<EventId> seen;
  for (const EventId& id : ledger.known(tx, batch.consents)) seen.insert(id);
  std::erase_if(batch.suppressed,
                [&](const AskedSuppression& asked) { return seen.contains(asked.by); });
  std::erase_if(batch.consents,
                [&](const ConsentEvent& event) { return !seen.insert(event.id).second; });
}

Status suppress(Tx& tx, const Suppressions& suppressions, const Batch& batch, EventId leaf) {
  if (!batch.suppressed.empty()) {
    std::vector<SuppressedContact> contacts;
    for (const AskedSuppression& asked : batch.suppressed) contacts.push_back(asked.what);
    auto done = suppressions.suppress_contacts(tx, leaf, contacts);
    if (!done.ok()) return done.error();
  }
  if (batch.addresses.empty()) return Unit{};
  suppressions.remember(tx, leaf, batch.denied_rows);
  return suppressions.suppress(tx, leaf, batch.addresses);
}

Status store_consents(Tx& tx, const BatchScope& scope, const Ledger& ledger, const Batch& batch,
                      Sealed& sealed) {
  const Suppressions suppressions(scope.services.journal);
  if (!batch.contacts.empty()) {
    auto noted = suppressions.note_contacts(tx, sealed.leaf, batch.contacts);
    if (!noted.ok()) return noted;
  }
  if (auto done = suppress(tx, suppressions, batch, sealed.leaf); !done.ok()) return done;
  if (batch.consents.empty()) return Unit{};
  auto stored = ledger.store(tx, sealed.leaf, batch.consents, sealed.next(batch.consents.size()));
  if (!stored.ok()) return stored.error();
  // The leaf seals them all: a statement that came in between by another way is read again.
  if (*stored != batch.consents.size()) {
    return Error{ErrorCode::kConflict, "a statement was made at the same moment by another call"};
  }
  return Unit{};
}

void store_rows(Tx& tx, const BatchScope& scope, const Batch& batch, Sealed& sealed) {
  const EventId leaf = sealed.leaf;
  note_removed(tx, leaf, sealed.removed, sealed.next(sealed.removed.size()));
  if (!batch.lifted.empty()) ErasureMarkers::lift(tx, leaf, batch.lifted);
  store_records(tx, leaf, batch.records, batch.versions);
  store_versions(tx, leaf, batch.versions, sealed.next(batch.versions.size()));
  store_organisations(tx, leaf, scope.source.id, batch.organisations,
                      sealed.next(batch.organisations.size()));
  remove_purchases(tx, leaf, batch.replaced);
  store_purchases(tx, leaf, batch.purchases, sealed.next(batch.purchases.size()));
  store_rejected(tx, leaf, scope.import, batch.rejected, sealed.next(batch.rejected.size()));
  replace_identifiers(tx, leaf, batch.described, batch.identifiers);
  replace_works_for(tx, leaf, batch.described, batch.works_for);
  replace_unit_tags(tx, leaf, batch.units, batch.unit_tags);
}

// Records whose permits may be others now. A bare record that linked with nobody has none.
std::vector<RecordId> touched(const Batch& batch, const ResolveOutcome& outcome) {
  std::set<RecordId> records;
  for (const HeldTag& tag : batch.identifiers) records.insert(RecordId{tag.holder});
  for (const ConsentEvent& event : batch.consents) records.insert(event.record);
  for (const ChangedRecord& one : batch.changed) {
    if (one.arrival == Arrival::kChanged) records.insert(one.record);
  }
  if (outcome.links_made + outcome.links_retracted + outcome.left.size() > 0) {
    records.insert(outcome.moved.begin(), outcome.moved.end());
  }
  return {records.begin(), records.end()};
}

}  // namespace

Result<ResolveOutcome> write_batch(Tx& tx, const BatchScope& scope, Batch batch) {
  const ImportServices& services = scope.services;
  const Ledger ledger(services.journal);
  drop_known(tx, ledger, batch);
  if (batch.empty()) return ResolveOutcome{};
  Sealed sealed = seal(tx, scope, batch);
  store_rows(tx, scope, batch, sealed);
  auto consents = store_consents(tx, scope, ledger, batch, sealed);
  if (!consents.ok()) return consents.error();
  Resolver resolver(services.keys, services.names, scope.fields.linking, services.random);
  auto outcome = resolver.resolve(tx, sealed.leaf, batch.changed);
  if (!outcome.ok()) return outcome.error();
  std::vector<ProfileId> concerned = outcome->left;
  if (!batch.denied_contacts.empty()) {
    const auto holders = profiles_holding(tx, batch.denied_contacts);
    concerned.insert(concerned.end(), holders.begin(), holders.end());
  }
  auto permits = refresh_permits(tx, services.permits, touched(batch, *outcome), concerned);
  if (!permits.ok()) return permits.error();
  return outcome;
}

}  // namespace assent
