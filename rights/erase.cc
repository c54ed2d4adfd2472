#include "rights/erase.h"

#include "certificate_seal.h"
#include "consent/suppression.h"
#include "erase_inventory.h"
#include "erase_marks.h"
#include "identity/profile_facts.h"
#include "identity/resolver.h"
#include "identity/search.h"

namespace assent {
namespace {

constexpr StaticText kStatus =
    "SELECT state, received_at, closed_at, records FROM request WHERE request_id = $1";
constexpr StaticText kCertificate = R"sql(
  SELECT c.sealed FROM certificate c JOIN request r ON r.request_id = c.request_id
   WHERE c.request_id = $1 AND r.state = 'completed' AND c.ends_at > $2
)sql";

Leaf request_leaf(const Act& act, AuditEvent event, RequestId request) {
  Leaf leaf = leaf_of(act, event);
  leaf.object_kind = ObjectKind::kRequest;
  leaf.object = request.value;
  return leaf;
}

std::vector<RecordId> ids_of(const std::vector<PersonRecord>& records) {
  std::vector<RecordId> ids;
  for (const PersonRecord& one : records) ids.push_back(one.record);
  return ids;
}

// What the person refused goes on to bind the addresses.
Status keep_denials(Tx& tx, Journal& journal, EventId leaf, const std::vector<RecordId>& records) {
  const Suppressions suppressions(journal);
  auto kept = suppressions.keep_denials(tx, leaf, records);
  if (!kept.ok()) return kept.error();
  std::vector<SuppressedContact> objected;
  for (const ObjectedContact& one : objected_contacts(tx, records)) {
    objected.push_back({one.contact, 0, one.since});
  }
  if (objected.empty()) return Unit{};
  kept = suppressions.suppress_contacts(tx, leaf, objected);
  if (!kept.ok()) return kept.error();
  return Unit{};
}

Status refresh(Tx& tx, const RightsServices& services, const std::vector<RecordId>& records) {
  auto tenant = load_operator(tx, services.database_country);
  if (!tenant.ok()) return tenant.error();
  const PermitDeriver permits(services.policies, *std::move(tenant));
  return refresh_permits(tx, permits, records);
}

// From this commit on every read refuses, and the destroyer of keys has its list.
void mark_erasing(Tx& tx, const Act& act, EventId leaf, RequestId request,
                  const std::vector<RecordId>& records, const KeyedUnits& units,
                  const RetentionPolicy& retention) {
  tx.exec("SELECT begin_erasure($1, $2, $3, $4, $5, $6, $7, $8)",
          {leaf, tx.now(), request, act.actor, Param::array(records), Param::array(units.rejected),
           Param::array(units.organisations), retention.destroys_evidence()});
}

Act for_the_person(Act act) {
  act.purpose = PurposeCode::kRightsRequest;
  act.basis = LegalBasis::kLegalObligation;
  return act;
}

}  // namespace

Result<std::vector<Candidate>> EraseService::find(TenantId tenant, const Act& act,
                                                  const PersonQuery& query) const {
  const PersonFinder finder(services_.keys, services_.journal, services_.fields, services_.names);
  return in_tx(services_.data, tenant, [&](Tx& tx) {
    return finder.find(tx, for_the_person(act), query, Reach::kRightsOfPerson);
  });
}

Result<TakenRequest> EraseService::request(TenantId tenant, const Act& act,
                                           const PersonQuery& query) const {
  const auto people = find(tenant, act, query);
  if (!people.ok()) return people.error();
  if (people->empty()) return Error{ErrorCode::kNotFound, "nobody is known by this"};
  if (people->size() > 1) {
    return Error{ErrorCode::kConflict,
                 "several people are known by this: name the record, profile or first name"};
  }
  const RequestId request{Uuid::v7(services_.data.clock(), services_.random)};
  return in_tx(services_.data, tenant,
               [&](Tx& tx) { return begin(tx, for_the_person(act), request, people->front()); });
}

Result<TakenRequest> EraseService::begin(Tx& tx, const Act& act, RequestId request,
                                         const Candidate& person) const {
  lock_identity(tx);
  const auto tags = services_.keys.tags(tx.tenant(), index_ids());
  if (!tags.ok()) return tags.error();
  return person.has_profile() ? begin_person(tx, act, request, person, *tags)
                              : begin_units(tx, act, request, person.units, *tags);
}

Result<TakenRequest> EraseService::begin_person(Tx& tx, const Act& act, RequestId request,
                                                const Candidate& person,
                                                const TagMaker& tags) const {
  const std::vector<PersonRecord> records = person_records(tx, person.profile);
  if (records.empty()) return Error{ErrorCode::kNotFound, "nobody is known by this"};
  const std::vector<RecordId> ids = ids_of(records);
  if (profiles_of(tx, person.holders) != std::vector<ProfileId>{person.profile}) {
    return Error{ErrorCode::kConflict, "the person's records changed hands just now: ask again"};
  }
  services_.journal.append(tx, request_leaf(act, AuditEvent::kRequestReceived, request));
  const auto marks = marks_of_person(tx, services_, act, tags, records);
  if (!marks.ok()) return marks.error();

  Leaf leaf = request_leaf(act, AuditEvent::kEraseRequested, request);
  leaf.result_count = static_cast<std::uint32_t>(records.size());
  if (records.size() == 1) leaf.subject = records.front().subject;
  const EventId stored = services_.journal.append(tx, leaf);
  auto kept = keep_denials(tx, services_.journal, stored, ids);
  if (!kept.ok()) return kept.error();
  ErasureMarkers::store(tx, stored, Uuid::v4(services_.random), *marks);
  mark_erasing(tx, act, stored, request, ids, {rejected_rows_of(tx, ids), {}}, services_.retention);
  auto refreshed = refresh(tx, services_, ids);
  if (!refreshed.ok()) return refreshed.error();
  return TakenRequest{request, stored};
}

Result<TakenRequest> EraseService::begin_units(Tx& tx, const Act& act, RequestId request,
                                               const KeyedUnits& units,
                                               const TagMaker& tags) const {
  if (!are_untouched(tx, units)) return Error{ErrorCode::kNotFound, "nobody is known by this"};
  services_.journal.append(tx, request_leaf(act, AuditEvent::kRequestReceived, request));
  Leaf leaf = request_leaf(act, AuditEvent::kEraseRequested, request);
  leaf.result_count = static_cast<std::uint32_t>(units.all().size());
  const EventId stored = services_.journal.append(tx, leaf);
  ErasureMarkers::store(tx, stored, Uuid::v4(services_.random), marks_of_units(tx, tags, units));
  mark_erasing(tx, act, stored, request, {}, units, services_.retention);
  return TakenRequest{request, stored};
}

Result<RequestStatus> EraseService::status(TenantId tenant, RequestId request) const {
  return in_tx(services_.data, tenant, [&](Tx& tx) -> Result<RequestStatus> {
    const Rows rows = tx.query(kStatus, {request});
    if (rows.empty()) return Error{ErrorCode::kNotFound, "no such request"};
    const auto row = rows[0];
    const std::string word = row.text(0);
    const RequestState state = word == "erasing"      ? RequestState::kErasing
                               : word == "certifying" ? RequestState::kCertifying
                                                      : RequestState::kCompleted;
    return RequestStatus{state, row.time(1), row.optional(2, &Rows::Row::time), row.integer(3)};
  });
}

Result<Plaintext> EraseService::certificate(TenantId tenant, const Act& act,
                                            RequestId request) const {
  const std::vector<Uuid> subject{request.value};
  const auto keys = services_.keys.fetch(tenant, subject, KeyPurpose::kCertificate);
  if (!keys.ok()) return keys.error();
  return in_tx(services_.data, tenant, [&](Tx& tx) -> Result<Plaintext> {
    const Rows rows = tx.query(kCertificate, {request, tx.now()});
    const SecretKey* key = keys->find(request.value);
    if (rows.empty() || key == nullptr) return Error{ErrorCode::kNotFound, "no such certificate"};
    auto opened =
        open_field(*key, certificate_place(tenant, request, kCertificateField), rows[0].view(0));
    if (!opened.ok()) return opened.error();
    services_.journal.append(tx, request_leaf(act, AuditEvent::kRecordRead, request));
    return std::move(opened->value);
  });
}

}  // namespace assent
