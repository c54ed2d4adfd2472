#include "rights/erase.h"

#include <set>

#include "certificate_seal.h"
#include "consent/authorizer.h"
#include "consent/suppression.h"
#include "consent/vault.h"
#include "erase_inventory.h"
#include "identity/profile_facts.h"
#include "identity/record_fields.h"
#include "identity/resolver.h"
#include "tenant_tags.h"

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

std::string_view value_of(const OpenedRecord& record, std::uint16_t field_id) {
  for (const FieldValue& field : record.fields) {
    if (field.field_id == field_id) return field.value.reveal();
  }
  return {};
}

// The tags of the names that the person goes by, under which a return is refused.
Result<std::set<Tag16>> name_folds(Tx& tx, const RightsServices& services, const Act& act,
                                   const TagMaker& tags, const std::vector<PersonRecord>& records) {
  std::vector<RecordId> live;
  for (const PersonRecord& one : records) {
    if (one.is_live) live.push_back(one.record);
  }
  if (live.empty()) return std::set<Tag16>{};
  const std::uint16_t first = services.fields.find("first_name")->id;
  const std::uint16_t last = services.fields.find("last_name")->id;
  const std::uint16_t full = services.fields.find("full_name")->id;
  const auto grant =
      Authorizer(services.journal)
          .authorize_read(tx, act, live, field_bit(first) | field_bit(last) | field_bit(full));
  if (!grant.ok()) return grant.error();
  const auto opened = Vault(services.keys).open(tx, *grant);
  if (!opened.ok()) return opened.error();
  std::set<Tag16> folds;
  for (const OpenedRecord& one : *opened) {
    const Plaintext fold =
        person_fold(value_of(one, first), value_of(one, last), value_of(one, full));
    if (!fold.empty()) folds.insert(tags.tag(kNameFoldIndex, fold.reveal()));
  }
  return folds;
}

// (source, external id) of each record, and each contact point with each name.
std::vector<ErasureMarker> markers_of(const TagMaker& tags,
                                      const std::vector<PersonRecord>& records,
                                      const std::vector<Tag16>& contacts,
                                      const std::set<Tag16>& folds) {
  std::set<ErasureMarker> markers;
  const auto add = [&](const MarkedPerson& person) {
    for (const ErasureMarker& marker : markers_for(tags, person)) markers.insert(marker);
  };
  for (const PersonRecord& one : records) {
    add({one.source, one.external, {}, std::nullopt});
    for (const Tag16& fold : folds) add({one.source, one.external, contacts, fold});
  }
  return {markers.begin(), markers.end()};
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

Act for_the_person(Act act) {
  act.purpose = PurposeCode::kRightsRequest;
  act.basis = LegalBasis::kLegalObligation;
  return act;
}

}  // namespace

Result<std::vector<Candidate>> EraseService::find(TenantId tenant, const Act& act,
                                                  const PersonQuery& query) const {
  const PersonFinder finder(services_.keys, services_.journal, services_.fields, services_.names);
  return in_tx(services_.data, tenant,
               [&](Tx& tx) { return finder.find(tx, for_the_person(act), query); });
}

Result<RequestId> EraseService::request(TenantId tenant, const Act& act,
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

Result<RequestId> EraseService::begin(Tx& tx, const Act& act, RequestId request,
                                      const Candidate& person) const {
  lock_identity(tx);
  const std::vector<PersonRecord> records = person_records(tx, person.profile);
  if (records.empty()) return Error{ErrorCode::kNotFound, "nobody is known by this"};
  const std::vector<RecordId> ids = ids_of(records);
  if (profiles_of(tx, person.holders) != std::vector<ProfileId>{person.profile}) {
    return Error{ErrorCode::kConflict, "the person's records changed hands just now: ask again"};
  }
  const auto tags = tenant_tags(services_.keys, tx.tenant());
  if (!tags.ok()) return tags.error();
  services_.journal.append(tx, request_leaf(act, AuditEvent::kRequestReceived, request));
  const auto folds = name_folds(tx, services_, act, *tags, records);
  if (!folds.ok()) return folds.error();

  Leaf leaf = request_leaf(act, AuditEvent::kEraseRequested, request);
  leaf.result_count = static_cast<std::uint32_t>(records.size());
  if (records.size() == 1) leaf.subject = records.front().subject;
  const EventId stored = services_.journal.append(tx, leaf);
  auto kept = keep_denials(tx, services_.journal, stored, ids);
  if (!kept.ok()) return kept.error();
  ErasureMarkers::store(tx, stored, markers_of(*tags, records, contact_tags(tx, ids), *folds));
  tx.exec("SELECT begin_erasure($1, $2, $3, $4, $5, $6)",
          {stored, tx.now(), request, act.actor, Param::array(ids),
           Param::array(rejected_rows_of(tx, ids))});
  auto refreshed = refresh(tx, services_, ids);
  if (!refreshed.ok()) return refreshed.error();
  return request;
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
