#include "rights/erase_worker.h"

#include "audit/log_store.h"
#include "certificate_seal.h"
#include "core/digest.h"
#include "core/key_epochs.h"
#include "destroyed_keys.h"
#include "erase_inventory.h"
#include "identity/profile_facts.h"
#include "identity/resolver.h"
#include "identity/sealed_rows.h"
#include "rights/erase.h"

namespace assent {

struct EraseWorker::Job {
  TenantId tenant;
  RequestId request;
  bool is_erased = false;
  Timestamp received_at;
  ActorRef asked_by;

  Leaf leaf(AuditEvent event) const {
    Act act{ActorKind::kProcess,          {},     asked_by, PurposeCode::kRightsRequest,
            LegalBasis::kLegalObligation, request};
    Leaf leaf = leaf_of(act, event);
    leaf.object_kind = ObjectKind::kRequest;
    leaf.object = request.value;
    return leaf;
  }
};

namespace {

constexpr StaticText kTenants = "SELECT tenant FROM tenant ORDER BY tenant";
constexpr StaticText kJobs = R"sql(
  SELECT request_id, state, received_at, actor_ref FROM request
   WHERE state <> 'completed' ORDER BY received_at, request_id LIMIT $1
)sql";
constexpr StaticText kUnits =
    "SELECT unit_id, unit_kind FROM pending_shred WHERE request_id = $1 ORDER BY unit_id";
constexpr StaticText kState = "SELECT state FROM request WHERE request_id = $1";
constexpr StaticText kTenantRow =
    "SELECT name, operator_country::text, coalesce(h.origin, log_origin) FROM tenant t "
    "LEFT JOIN audit_head h ON h.tenant = t.tenant WHERE t.tenant = $1";
constexpr StaticText kDraft = "SELECT sealed FROM certificate WHERE request_id = $1";

struct Units {
  std::vector<Uuid> all;
  std::vector<RecordId> records;
  KeyedUnits others;
};
Units pending_units(Tx& tx, RequestId request) {
  Units units;
  const Rows rows = tx.query(kUnits, {request});
  for (const auto& row : rows) {
    units.all.push_back(row.uuid(0));
    if (row.integer(1) == 1) units.records.push_back(row.id<RecordId>(0));
    if (row.integer(1) == 2) units.others.rejected.push_back(row.uuid(0));
    if (row.integer(1) == 4) units.others.organisations.push_back(row.uuid(0));
  }
  return units;
}

bool is_in_state(Tx& tx, RequestId request, std::string_view state) {
  const Rows rows = tx.query(kState, {request});
  return !rows.empty() && rows[0].text(0) == state;
}

// Who is erased, as the entry ERASURE_COMPLETED seals it.
std::vector<BatchRow> tombstones(const std::vector<RecordId>& records, RequestId request) {
  std::vector<BatchRow> rows;
  for (const RecordId& record : records) {
    rows.push_back({"tombstone", record.value, sha256(record.view(), request.view())});
  }
  return rows;
}

// Who shares a contact point with the erased: their facts no longer name the person's records.
Status rebuild_permits(Tx& tx, const RightsServices& services, const std::vector<Tag16>& contacts) {
  const std::vector<ProfileId> profiles = profiles_holding(tx, contacts);
  if (profiles.empty()) return Unit{};
  auto tenant = load_operator(tx, services.database_country);
  if (!tenant.ok()) return tenant.error();
  const auto people = person_facts(tx, profiles);
  if (!people.ok()) return people.error();
  return PermitDeriver(services.policies, *std::move(tenant)).rebuild(tx, *people);
}

}  // namespace

Result<EraseRound> EraseWorker::run_once() const {
  auto tenants = in_tx(services_.eraser, TenantId{}, [](Tx& tx) -> Result<std::vector<TenantId>> {
    std::vector<TenantId> all;
    const Rows rows = tx.query(kTenants);
    for (const auto& row : rows) all.push_back(row.id<TenantId>(0));
    return all;
  });
  if (!tenants.ok()) return tenants.error();
  EraseRound total;
  for (const TenantId& tenant : *tenants) {
    const auto round = run_once(tenant);
    if (!round.ok()) return round;
    total.erased += round->erased;
    total.completed += round->completed;
    total.waiting_for_keys += round->waiting_for_keys;
    total.waiting += round->waiting;
    if (!total.failed) total.failed = round->failed;
  }
  return total;
}

Result<EraseRound> EraseWorker::run_once(TenantId tenant) const {
  const auto jobs = open_jobs(tenant);
  if (!jobs.ok()) return jobs.error();
  EraseRound round;
  for (const Job& job : *jobs) {
    if (!job.is_erased) {
      const auto erased = erase(job);
      if (!erased.ok() && !round.failed) round.failed = erased.error();
      if (erased.ok()) ++(*erased ? round.erased : round.waiting_for_keys);
      if (!erased.ok() || !*erased) continue;
    }
    const auto certified = certify(job);
    if (!certified.ok()) {
      if (!round.failed) round.failed = certified.error();
    } else {
      ++(*certified ? round.completed : round.waiting);
    }
  }
  return round;
}

Result<std::vector<EraseWorker::Job>> EraseWorker::open_jobs(TenantId tenant) const {
  return in_tx(services_.eraser, tenant, [&](Tx& tx) -> Result<std::vector<Job>> {
    std::vector<Job> jobs;
    const Rows rows = tx.query(kJobs, {static_cast<std::int64_t>(kRequestsMax)});
    for (const auto& row : rows) {
      jobs.push_back({tenant, row.id<RequestId>(0), row.text(1) == "certifying", row.time(2),
                      row.id<ActorRef>(3)});
    }
    return jobs;
  });
}

Result<bool> EraseWorker::erase(const Job& job) const {
  const auto units = in_tx(services_.eraser, job.tenant,
                           [&](Tx& tx) -> Result<Units> { return pending_units(tx, job.request); });
  if (!units.ok()) return units.error();
  if (units->all.empty()) return true;  // Another worker has just done it.
  auto keys = destroyed_keys(services_.safe, job.tenant, job.request.value, units->all);
  if (!keys.ok()) return keys.error();
  if (!*keys) return false;
  at_("erase.keys_gone");
  if (auto rows = erase_rows(job, **std::move(keys)); !rows.ok()) return rows.error();
  return true;
}

Result<SecretKey> EraseWorker::certificate_key(const Job& job) const {
  const std::vector<Uuid> subject{job.request.value};
  auto made = services_.keys.create(job.tenant, subject, KeyPurpose::kCertificate);
  if (!made.ok() && made.error().code != ErrorCode::kConflict) return made.error();
  if (!made.ok()) made = services_.keys.fetch(job.tenant, subject, KeyPurpose::kCertificate);
  if (!made.ok()) return made.error();
  const SecretKey* key = made->find(job.request.value);
  if (key == nullptr) return Error{ErrorCode::kCorrupt, "the certificate's key is gone"};
  return key->duplicate();
}

Status EraseWorker::erase_rows(const Job& job, std::vector<DestroyedKeys> keys) const {
  std::vector<Uuid> units;
  for (const DestroyedKeys& one : keys) units.push_back(one.unit);
  const auto kept = evidence_kept(services_.safe, job.tenant, units);
  if (!kept.ok()) return kept.error();
  SafeFindings found{std::move(keys), *kept, std::nullopt};
  if (const auto epoch = newest_epoch(found.keys)) {
    const auto due = burn_due(services_.safe, *epoch);
    if (!due.ok()) return due.error();
    found.burn_due = *due;
  }
  const auto key = certificate_key(job);
  if (!key.ok()) return key.error();
  auto done =
      in_tx(services_.eraser, job.tenant, [&](Tx& tx) { return erase_rows(tx, job, found, *key); });
  if (done.ok()) at_("erase.after_rows");
  return done;
}

Status EraseWorker::erase_rows(Tx& tx, const Job& job, SafeFindings found,
                               const SecretKey& key) const {
  lock_identity(tx);
  if (!is_in_state(tx, job.request, "erasing")) return Unit{};  // Another worker was quicker.
  const Units units = pending_units(tx, job.request);
  if (units.all.size() != found.keys.size()) {
    return Error{ErrorCode::kUnavailable, "keys of the person are still to be destroyed"};
  }
  ErasureAct act;
  const Rows tenant = tx.query(kTenantRow, {job.tenant});
  act.request = job.request;
  act.operator_name = tenant[0].text(0);
  act.operator_country = tenant[0].text(1);
  act.log_origin = tenant[0].text(2);
  act.received_at = job.received_at;
  act.destroyed_at = tx.now();
  act.records = units.records;
  act.categories = categories_of(tx, services_.fields, units.all);
  act.rows = count_rows(tx, units.records, units.others);
  act.safe = std::move(found);
  act.recipients = told_recipients(tx, units.records);
  services_.random.fill(act.salt);

  Leaf destroyed = job.leaf(AuditEvent::kKeyDestroyed);
  destroyed.result_count = static_cast<std::uint32_t>(key_count(act.safe.keys));
  destroyed.record_hash = destruction_hash(act.safe.keys);
  destroyed.detail_hash = certificate_hash(act, services_.retention);
  act.key_destroyed = services_.journal.append(tx, destroyed);
  Leaf completed = job.leaf(AuditEvent::kErasureCompleted);
  completed.result_count = static_cast<std::uint32_t>(units.records.size());
  const Removal removal = append_removal(
      tx, services_.journal, completed,
      sealed_rows_of(tx, {units.records, units.others.rejected, units.others.organisations}),
      tombstones(units.records, job.request));
  const Plaintext draft = draft_certificate(act, services_.retention);
  const Bytes sealed =
      seal_field(key, {1, services_.keys.suite()},
                 certificate_place(job.tenant, job.request, EraseService::kCertificateField),
                 FieldType::kText, as_bytes(draft.reveal()), services_.random);
  const Timestamp ends{tx.now().us + services_.retention.certificate_days() * kDayUs};
  const std::vector<Tag16> contacts = contact_tags(tx, units.records);
  tx.exec("SELECT complete_erasure($1, $2, $3, $4, $5)",
          {removal.leaf, tx.now(), job.request, sealed, ends});
  tx.exec("SELECT seal_tombstones($1, $2, $3)",
          {removal.leaf, Param::array(units.records), Param::array(removal.added)});
  at_("erase.inside_rows");
  return rebuild_permits(tx, services_, contacts);
}

Result<bool> EraseWorker::certify(const Job& job) const {
  const auto key = certificate_key(job);
  if (!key.ok()) return key.error();
  auto done = in_tx(services_.eraser, job.tenant,
                    [&](Tx& tx) -> Result<bool> { return certify(tx, job, *key); });
  if (done.ok() && *done) at_("erase.after_certificate");
  return done;
}

Result<bool> EraseWorker::certify(Tx& tx, const Job& job, const SecretKey& key) const {
  lock_identity(tx);
  if (!is_in_state(tx, job.request, "certifying")) return true;
  const FieldPlace place =
      certificate_place(job.tenant, job.request, EraseService::kCertificateField);
  const Rows rows = tx.query(kDraft, {job.request});
  const auto draft = open_field(key, place, rows[0].view(0));
  if (!draft.ok()) return draft.error();
  const auto read = read_draft(draft->value);
  if (!read.ok()) return read.error();

  LogStore log(tx, job.tenant);
  const auto index = log.index_of(read->key_destroyed);
  if (!index) return false;
  const auto proof = log.proof(*index);
  if (!proof.ok() && proof.error().code == ErrorCode::kNotFound) return false;
  if (!proof.ok()) return proof.error();
  const auto entries = log.entries(*index, *index + 1);
  if (entries.size() != 1) return Error{ErrorCode::kCorrupt, "the log has no such single entry"};
  const auto body = finish_certificate(draft->value, entries[0].leaf, *proof);
  if (!body.ok()) return body.error();

  Leaf closed = job.leaf(AuditEvent::kRequestClosed);
  closed.detail_hash = detail_hash(read->salt, as_bytes(body->reveal()));
  const EventId leaf = services_.journal.append(tx, closed);
  const Bytes sealed = seal_field(key, {1, services_.keys.suite()}, place, FieldType::kText,
                                  as_bytes(body->reveal()), services_.random);
  tx.exec("SELECT close_erasure($1, $2, $3, $4, $5)",
          {leaf, tx.now(), job.request, sealed, closed.detail_hash});
  at_("erase.inside_certificate");
  return true;
}

}  // namespace assent
