#include "consent/ledger.h"

#include "consent/suppression.h"
#include "consent/vocabulary.h"

namespace assent {
namespace {

constexpr StaticText kKnown =
    "SELECT event_id FROM consent_event_key WHERE tenant = $1 AND event_id = ANY ($2)";
constexpr StaticText kStore =
    "SELECT store_consent_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
    "$16, $17, $18)";
// Retired records keep speaking: their denials stay.
constexpr StaticText kSubject =
    "SELECT subject_ref FROM record WHERE tenant = $1 AND record_id = $2 AND state IN (0, 3)";
constexpr StaticText kHistory =
    "SELECT event_id, purpose_id, channel, contact_tag, action, effective_at, source_id, "
    "notice_id, "
    "method, evidence_kind, separate_document, conditional, pre_ticked, by_verified_holder, "
    "expires_on, recorded_at, leaf_id FROM consent_event "
    "WHERE tenant = $1 AND record_id = $2 AND effective_at <= $3 AND recorded_at <= $4 "
    "ORDER BY effective_at, recorded_at, event_id";

const Error kNoKey{ErrorCode::kInvalid, "a statement without a key of its own"};

std::int16_t marks(const ConsentEvent& e) {
  return static_cast<std::int16_t>((e.separate_document ? 1 : 0) | (e.conditional ? 2 : 0) |
                                   (e.pre_ticked ? 4 : 0) | (e.by_verified_holder ? 8 : 0));
}

// The arrays of store_consent_events.
struct Columns {
  std::vector<RecordId> records;
  std::vector<EventId> ids;
  std::vector<std::int16_t> purposes, channels, actions, sources, methods, evidence_kinds, marks;
  std::vector<Bytes> contacts;
  std::vector<Timestamp> effective;
  std::vector<std::optional<Uuid>> notices;
  std::vector<std::optional<Date>> expiries;
  std::vector<std::optional<Bytes>> evidence;
  std::vector<Hash32> hashes;

  void add(const ConsentEvent& e) {
    records.push_back(e.record);
    ids.push_back(e.id);
    purposes.push_back(static_cast<std::int16_t>(e.purpose));
    channels.push_back(e.channel);
    contacts.push_back(e.contact ? Bytes(e.contact->begin(), e.contact->end()) : Bytes{});
    actions.push_back(static_cast<std::int16_t>(e.action));
    effective.push_back(e.effective_at);
    sources.push_back(e.source);
    notices.push_back(e.notice);
    methods.push_back(static_cast<std::int16_t>(e.method));
    evidence_kinds.push_back(static_cast<std::int16_t>(e.evidence));
    marks.push_back(assent::marks(e));
    expiries.push_back(e.expires_on);
    evidence.push_back(e.sealed_evidence);
    hashes.push_back(row_hash(e));
  }
};

Status check(const ConsentEvent& e, Timestamp now) {
  const auto skew = std::chrono::microseconds(Ledger::kClockSkewMax).count();
  if (e.effective_at.us > now.us + skew) {
    return Error{ErrorCode::kInvalid, "a statement lies in the future"};
  }
  if (e.purpose == PurposeCode::kNone) return Error{ErrorCode::kInvalid, "no purpose"};
  if (e.channel > static_cast<std::uint8_t>(Channel::kAdsUpload)) {
    return Error{ErrorCode::kInvalid, "unknown channel"};
  }
  return Unit{};
}

ConsentEvent event_of(TenantId tenant, const Statement& s, ConsentAction action) {
  ConsentEvent event;
  event.record = s.record;
  event.id = derive_event_id(tenant, s.record, s.source, s.source_event_key);
  event.purpose = s.purpose;
  event.channel = s.channel;
  event.contact = s.contact;
  event.action = action;
  event.effective_at = s.effective_at;
  event.source = s.source;
  event.method = s.method;
  return event;
}

ConsentEvent read_event(const Rows::Row& row, RecordId record) {
  ConsentEvent e;
  e.record = record;
  e.id = row.id<EventId>(0);
  e.purpose = static_cast<PurposeCode>(row.integer(1));
  e.channel = static_cast<std::uint8_t>(row.integer(2));
  if (!row.view(3).empty()) e.contact = row.tag(3);
  e.action = static_cast<ConsentAction>(row.integer(4));
  e.effective_at = row.time(5);
  e.source = static_cast<std::int16_t>(row.integer(6));
  e.notice = row.optional(7, &Rows::Row::uuid);
  e.method = static_cast<ConsentMethod>(row.integer(8));
  e.evidence = static_cast<EvidenceKind>(row.integer(9));
  e.separate_document = row.flag(10);
  e.conditional = row.flag(11);
  e.pre_ticked = row.flag(12);
  e.by_verified_holder = row.flag(13);
  e.expires_on = row.optional(14, &Rows::Row::date);
  return e;
}

Result<SubjectRef> subject_of(Tx& tx, RecordId record) {
  const Rows rows = tx.query(kSubject, {tx.tenant(), record});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such record"};
  return rows[0].id<SubjectRef>(0);
}

}  // namespace

std::vector<EventId> Ledger::known(Tx& tx, std::span<const ConsentEvent> events) const {
  std::vector<EventId> ids;
  ids.reserve(events.size());
  for (const ConsentEvent& event : events) ids.push_back(event.id);
  std::vector<EventId> stored;
  const Rows rows = tx.query(kKnown, {tx.tenant(), Param::array(ids)});
  for (const auto& row : rows) stored.push_back(row.id<EventId>(0));
  return stored;
}

Result<std::size_t> Ledger::store(Tx& tx, EventId leaf, std::span<const ConsentEvent> events,
                                  std::span<const std::int32_t> positions) const {
  if (events.size() > kBatchMax) return Error{ErrorCode::kTooLarge, "too many statements at once"};
  if (events.size() != positions.size()) {
    return Error{ErrorCode::kInvalid, "a statement without its place in the batch"};
  }
  if (events.empty()) return std::size_t{0};
  Columns c;
  for (const ConsentEvent& event : events) {
    if (auto checked = check(event, tx.now()); !checked.ok()) return checked.error();
    c.add(event);
  }
  const std::vector<std::int32_t> places(positions.begin(), positions.end());
  const Rows rows = tx.query(
      kStore, {leaf, tx.now(), Param::array(c.records), Param::array(c.ids),
               Param::array(c.purposes), Param::array(c.channels), Param::array(c.contacts),
               Param::array(c.actions), Param::array(c.effective), Param::array(c.sources),
               Param::array(c.notices), Param::array(c.methods), Param::array(c.evidence_kinds),
               Param::array(c.marks), Param::array(c.expiries), Param::array(c.evidence),
               Param::array(places), Param::array(c.hashes)});
  return static_cast<std::size_t>(rows[0].integer(0));
}

Result<Recorded> Ledger::record(Tx& tx, const Act& act, const ConsentEvent& event) const {
  if (auto checked = check(event, tx.now()); !checked.ok()) return checked.error();
  auto subject = subject_of(tx, event.record);
  if (!subject.ok()) return subject.error();
  if (!known(tx, {&event, 1}).empty()) return Recorded::kSaidBefore;
  const BatchSeal seal = seal_batch({{"consent_event", event.id.value, row_hash(event)}});
  Leaf leaf = leaf_of(
      act, is_denial(event.action) ? AuditEvent::kConsentWithdrawn : AuditEvent::kConsentRecorded);
  leaf.subject = *subject;
  leaf.result_count = 1;
  leaf.record_hash = seal.root;
  auto stored = store(tx, journal_.append(tx, leaf), {&event, 1}, seal.positions);
  if (!stored.ok()) return stored.error();
  // A second session said the same between our look and our write: its leaf stands for both.
  if (*stored == 0) return Error{ErrorCode::kConflict, "said at the same moment by another call"};
  return Recorded::kNew;
}

Result<Recorded> Ledger::withdraw(Tx& tx, const Act& act, const Statement& statement) const {
  if (statement.source_event_key.empty()) return kNoKey;
  return record(tx, act, event_of(tx.tenant(), statement, ConsentAction::kWithdraw));
}

Result<Recorded> Ledger::object(Tx& tx, const Act& act, const Statement& statement) const {
  if (statement.source_event_key.empty()) return kNoKey;
  auto recorded = record(tx, act, event_of(tx.tenant(), statement, ConsentAction::kObject));
  if (!recorded.ok() || *recorded == Recorded::kSaidBefore || !statement.contact) return recorded;
  const SuppressedContact contact{*statement.contact, statement.channel, statement.effective_at};
  auto suppressed = Suppressions(journal_).suppress_contacts(tx, act, {&contact, 1});
  if (!suppressed.ok()) return suppressed.error();
  return recorded;
}

Result<std::vector<LedgerRow>> Ledger::history(Tx& tx, const Act& act, RecordId record,
                                               Timestamp as_of, Timestamp known_at) const {
  auto subject = subject_of(tx, record);
  if (!subject.ok()) return subject.error();
  std::vector<LedgerRow> history;
  const Rows rows = tx.query(kHistory, {tx.tenant(), record, as_of, known_at});
  for (const auto& row : rows) {
    history.push_back({read_event(row, record), row.time(15), row.id<EventId>(16)});
  }
  Leaf leaf = leaf_of(act, AuditEvent::kRecordRead);
  leaf.subject = *subject;
  leaf.result_count = static_cast<std::uint32_t>(history.size());
  journal_.append(tx, leaf);
  return history;
}

}  // namespace assent
