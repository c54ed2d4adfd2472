#include "tests/segments/people.h"

#include <sstream>

#include "audit/release_check.h"
#include "consent/flag.h"
#include "identity/batch_rows.h"
#include "identity/contact_points.h"
#include "identity/profile_facts.h"
#include "identity/source.h"

namespace assent {
namespace {

const std::filesystem::path kPolicies = std::filesystem::path(ASSENT_SOURCE_DIR) / "policies";

PolicySet load_policies() {
  auto loaded = PolicySet::load(kPolicies / "jurisdictions");
  if (!loaded.ok()) throw std::runtime_error("the policies do not load");
  return *loaded.set;
}

Operator operator_of(World& world) {
  Tx tx(world.data, world.tenant);
  return must(load_operator(tx, *Country::parse("DE")));
}

TagMaker tags_of(World& world) {
  return must(world.keys.tags(world.tenant, {kPhoneIndex, kEmailIndex, kExternalIdIndex}));
}

constexpr std::uint16_t kContactPointsField = 1;
constexpr std::uint16_t kFirstNameField = 2;
constexpr std::uint16_t kLastNameField = 3;
constexpr std::uint16_t kFullNameField = 5;
constexpr std::uint16_t kBirthDateField = 6;
constexpr std::uint16_t kExternalIdField = 19;

std::vector<std::pair<std::uint16_t, std::string>> points_of(const NewPerson& person) {
  std::vector<std::pair<std::uint16_t, std::string>> points;
  if (!person.email.empty()) points.emplace_back(kEmailIndex, person.email);
  if (!person.phone.empty()) points.emplace_back(kPhoneIndex, person.phone);
  return points;
}

std::vector<FieldValue> values_of(const NewPerson& person, const std::string& external) {
  std::vector<ContactValue> contacts;
  for (const auto& [kind, value] : points_of(person)) contacts.push_back({kind, Plaintext(value)});
  std::vector<FieldValue> values;
  if (!contacts.empty()) {
    values.push_back({kContactPointsField, FieldType::kText, encode_contact_points(contacts)});
  }
  values.push_back({kFirstNameField, FieldType::kText, Plaintext(person.first_name)});
  values.push_back({kLastNameField, FieldType::kText, Plaintext("Muster")});
  values.push_back({kExternalIdField, FieldType::kText, Plaintext(external)});
  return values;
}

// Everything one batch stores, as columns.
struct Batch {
  std::vector<Uuid> units;
  std::vector<RecordId> records;
  std::vector<NewRecord> born;
  std::vector<VersionRow> versions;
  std::vector<HeldTag> held;
  std::vector<ChangedRecord> changed;
  std::vector<ContactTags> contacts;
  std::vector<PurchaseRow> purchases;
};

}  // namespace

People::People()
    : policies(load_policies()),
      fields(must(FieldCatalogue::load(kPolicies / "fields.yaml"))),
      segments(must(SegmentCatalogue::load(kPolicies / "segments.yaml", fields))),
      names(must(NameCatalogue::load(kPolicies / "names.yaml"))),
      permits(policies, operator_of(world)),
      tags(tags_of(world)),
      resolver(world.keys, names,
               {kExternalIdField, kFirstNameField, kFullNameField, kBirthDateField}, world.random) {
  act = world.act;
  act.actor_kind = ActorKind::kToken;
  act.actor = ActorRef{Uuid::v4(world.random)};
  must(in_tx(world.data, world.tenant, [&](Tx& tx) {
    return Purposes(world.journal)
        .publish(tx, act, must(load_purposes(kPolicies / "purposes.yaml")));
  }));
}

std::vector<RecordId> People::add(const std::vector<NewPerson>& people) {
  Batch batch;
  for (std::size_t i = 0; i < people.size(); ++i) {
    batch.units.push_back(Uuid::v7(world.clock, world.random));
    batch.records.push_back({batch.units.back()});
  }
  const KeySet keys = must(world.keys.create(world.tenant, batch.units, KeyPurpose::kFields));
  std::vector<BatchRow> rows;
  for (std::size_t i = 0; i < people.size(); ++i) {
    const NewPerson& person = people[i];
    const RecordId record = batch.records[i];
    const std::string external = "p" + std::to_string(++externals_);
    batch.born.push_back(
        {record, 1, tags.tag(kExternalIdIndex, external), SubjectRef{Uuid::v4(world.random)}});
    VersionRow version;
    version.record = record;
    version.row = Uuid::v7(world.clock, world.random);
    version.country = person.country;
    version.fields = seal_field_set(*keys.find(record.value), 1,
                                    {world.tenant.value, record.value, 0, version.row},
                                    values_of(person, external), world.random);
    rows.push_back(batch_row(version));
    batch.versions.push_back(std::move(version));
    batch.changed.push_back({record, Arrival::kNew, {}});
    for (const auto& [kind, value] : points_of(person)) {
      const Tag16 tag = tags.tag(kind, value);
      batch.held.push_back({record.value, tag, kind});
      batch.changed.back().tags.push_back({kind, tag});
      batch.contacts.push_back({tag, tags.suppression_tag(kind, value)});
    }
    for (const Bought& bought : person.bought) {
      PurchaseRow row;
      row.purchase = Uuid::v4(world.random);
      world.random.fill(row.key);
      row.source = 1;
      row.record = record;
      row.ordered_at = midnight_utc(bought.day);
      row.quantity = 1;
      row.amount_minor = bought.amount_minor;
      row.currency = "EUR";
      batch.purchases.push_back(std::move(row));
    }
  }
  for (const PurchaseRow& row : batch.purchases) rows.push_back(batch_row(row));
  const BatchSeal seal = seal_batch(rows);
  must(in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    lock_identity(tx);
    Leaf leaf = leaf_of(act, AuditEvent::kBatch);
    leaf.record_hash = seal.root;
    leaf.result_count = static_cast<std::uint32_t>(rows.size());
    const EventId id = world.journal.append(tx, leaf);
    const std::span<const std::int32_t> positions(seal.positions);
    must(find_or_register_source(tx, id, {0, "shop", "contacts", true}));
    store_records(tx, id, batch.born, batch.versions);
    store_versions(tx, id, batch.versions, positions.first(batch.versions.size()));
    replace_identifiers(tx, id, batch.records, batch.held);
    store_purchases(tx, id, batch.purchases, positions.subspan(batch.versions.size()));
    must(Suppressions(world.journal).note_contacts(tx, id, batch.contacts));
    auto resolved = must(resolver.resolve(tx, id, batch.changed));
    tell(tx, batch.records, people);
    return refresh_permits(tx, permits, batch.records, resolved.left);
  }));
  std::size_t at = 0;
  for (const NewPerson& person : people) {
    for (const Bought& bought : person.bought) {
      if (bought.order) {
        tamper("UPDATE purchase SET order_tag = $2 WHERE purchase_id = $1",
               {batch.purchases[at].purchase, *bought.order});
      }
      ++at;
    }
  }
  return batch.records;
}

void People::tell(Tx& tx, const std::vector<RecordId>& records,
                  const std::vector<NewPerson>& people) {
  std::vector<ConsentEvent> events;
  std::vector<BatchRow> rows;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (people[i].said == NewPerson::Said::kNothing) continue;
    for (const std::uint8_t channel : {0, 1}) {
      ConsentEvent event;
      event.record = records[i];
      event.purpose = PurposeCode::kDirectMarketing;
      event.channel = channel;
      event.action = ConsentAction::kGive;
      event.effective_at = midnight_utc({2026, 1, 2});
      event.source = 1;
      event.method = ConsentMethod::kWebForm;
      event.evidence = EvidenceKind::kProven;
      event.separate_document = true;
      event.id = derive_event_id(world.tenant, event.record, 1, "given " + std::to_string(channel));
      rows.push_back({"consent_event", event.id.value, row_hash(event)});
      events.push_back(std::move(event));
    }
  }
  if (events.empty()) return;
  const BatchSeal seal = seal_batch(rows);
  Leaf leaf = leaf_of(act, AuditEvent::kBatch);
  leaf.record_hash = seal.root;
  const EventId id = world.journal.append(tx, leaf);
  must(Ledger(world.journal).store(tx, id, events, seal.positions));
}

std::vector<RecordId> People::add_customers(int count) {
  std::vector<NewPerson> people;
  for (int i = 1; i <= count; ++i) {
    NewPerson person;
    person.email = "e" + std::to_string(i) + "@example.com";
    people.push_back(std::move(person));
  }
  return add(people);
}

void People::say(RecordId record, ConsentAction action, std::uint8_t channel) {
  ConsentEvent event;
  event.record = record;
  event.purpose = PurposeCode::kDirectMarketing;
  event.channel = channel;
  event.action = action;
  event.effective_at = world.clock.now();
  event.source = 1;
  event.evidence = EvidenceKind::kProven;
  event.separate_document = true;
  event.id = EventId{Uuid::v4(world.random)};
  must(in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    must(Ledger(world.journal).record(tx, act, event));
    return refresh_permits(tx, permits, std::vector{record});
  }));
}

void People::suppress_email(const std::string& email) {
  must(in_tx(world.data, world.tenant, [&](Tx& tx) {
    return Suppressions(world.journal)
        .suppress(tx, act, {tags.tag(kEmailIndex, email), tags.suppression_tag(kEmailIndex, email)},
                  1, tx.now());
  }));
}

void People::restrict(RecordId record) {
  must(in_tx(world.data, world.tenant, [&](Tx& tx) -> Status {
    const EventId leaf = world.journal.append(tx, leaf_of(act, AuditEvent::kRequestReceived));
    RecordFlags::set(tx, leaf, std::vector{record}, RecordFlag::kRestriction, tx.now());
    return refresh_permits(tx, permits, std::vector{record});
  }));
}

void People::refresh(const std::vector<RecordId>& records) {
  must(in_tx(world.data, world.tenant,
             [&](Tx& tx) { return refresh_permits(tx, permits, records); }));
}

void People::tamper(StaticText sql, const std::vector<Param>& params) {
  must(in_tx(world.owner, world.tenant, [&](Tx& tx) -> Status {
    tx.exec(sql, params);
    return Unit{};
  }));
}

void People::set_state(RecordId record, int state) {
  tamper("UPDATE record SET state = $2 WHERE record_id = $1",
         {record, static_cast<std::int16_t>(state)});
}

void People::destroy_key(RecordId record) {
  must(in_tx(world.key_destroyer, world.tenant, [&](Tx& tx) -> Status {
    tx.exec("DELETE FROM subject_key WHERE tenant = $1 AND subject = $2", {world.tenant, record});
    return Unit{};
  }));
}

Uuid People::register_recipient(RegisteredRecipient recipient) {
  return must(in_tx(
                  world.data, world.tenant,
                  [&](Tx& tx) {
                    return Recipients(world.journal, world.random).register_one(tx, act, recipient);
                  }))
      .id;
}

RegisteredRecipient People::mailer() {
  RegisteredRecipient mailer;
  mailer.name = "mailer";
  mailer.role = RecipientRole::kProcessor;
  mailer.country = *Country::parse("DE");
  mailer.contracts = {"art28"};
  mailer.fields = {"contact", "first_name", "country", "rfm", "segment"};
  mailer.duties = {"sender_identified", "unsubscribe", "postal_address", "honest"};
  return mailer;
}

ReleaseOrder People::order() {
  return {"sleeping_180d", kToday,   "direct_marketing",
          "email",         "mailer", {"contact", "first_name"}};
}

Result<OpenedRelease> People::open(const ReleaseOrder& order) {
  return in_tx(world.data, world.tenant, [&](Tx& tx) { return releases.open(tx, act, order); });
}

Result<ReleaseBody> People::start(const OpenedRelease& release, FileFormat format) {
  return deliveries.start(world.tenant, act, release.id, release.link, format);
}

std::string People::deliver(const OpenedRelease& release, FileFormat format) {
  const ReleaseBody body = must(start(release, format));
  std::string file;
  while (auto piece = must(body())) file += *piece;
  return file;
}

ReleaseDetail People::find(ReleaseId id) {
  return must(in_tx(world.data, world.tenant, [&](Tx& tx) { return releases.find(tx, id); }));
}

LogVerdict People::verify(ReleaseId id) {
  std::stringstream evidence;
  const VerifierKey key = must(in_tx(world.data, world.tenant, [&](Tx& tx) -> Result<VerifierKey> {
    auto written = releases.write_evidence(tx, act, id, evidence);
    return written.ok() ? releases.verifier_key(tx) : written.error();
  }));
  const LogPolicy policy = must(LogPolicy::parse("log " + format_vkey(key) + "\nquorum none\n"));
  return verify_release(evidence, &policy).report.verdict;
}

std::vector<Leaf> People::leaves_of(AuditEvent event) {
  Tx tx(world.sequencer, TenantId{});
  const Rows rows = tx.query("SELECT leaf FROM audit_outbox WHERE tenant = $1", {world.tenant});
  std::vector<Leaf> leaves;
  for (const auto& row : rows) {
    const Leaf leaf = must(decode(row.view(0)));
    if (leaf.event == event) leaves.push_back(leaf);
  }
  return leaves;
}

Leaf People::leaf_about(AuditEvent event, ReleaseId release) {
  for (const Leaf& leaf : leaves_of(event)) {
    if (leaf.object == release.value) return leaf;
  }
  ADD_FAILURE() << "no such entry";
  return {};
}

}  // namespace assent
