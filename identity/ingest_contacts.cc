#include "ingest_contacts.h"

#include <algorithm>
#include <map>
#include <set>

#include "consent/ledger.h"
#include "erased_rows.h"
#include "kept_denials.h"
#include "known_rows.h"
#include "statements.h"

namespace assent {
namespace {

// A record of this batch: what it is now, and the last row that described it.
struct Current {
  KnownRecord known;
  Arrival arrival = Arrival::kChanged;
  const PreparedContact* described = nullptr;
};

std::vector<LinkTag> link_tags(const PreparedContact& prepared) {
  std::vector<LinkTag> tags;
  for (const ValueTag& value : prepared.found) {
    if (value.strength == Strength::kStrong) tags.push_back({value.kind, value.tag});
  }
  return tags;
}

std::vector<HeldTag> held_by(const Uuid& holder, const PreparedContact& prepared) {
  std::vector<HeldTag> held;
  for (const ValueTag& value : prepared.found) held.push_back({holder, value.tag, value.kind});
  return held;
}

std::vector<HeldTag> findable(const PreparedContact& prepared) {
  std::vector<HeldTag> held = held_by({}, prepared);
  held.push_back({{}, prepared.external, kExternalIdIndex});
  return held;
}

std::vector<FieldValue> duplicate(const std::vector<FieldValue>& values) {
  std::vector<FieldValue> copies;
  for (const FieldValue& value : values) {
    copies.push_back({value.field_id, value.type, value.value.duplicate()});
  }
  return copies;
}

// When the person last acted by themselves, as far as the row tells: a sign-up or a proven consent.
// What is dated ahead of `now` has not been done.
std::optional<Timestamp> act_of_person(const Source& source, const ContactRow& row,
                                       std::span<const ParsedClaim> claims, Timestamp now) {
  if (!source.act_of_person) return std::nullopt;
  std::optional<Timestamp> acted = row.created_at;
  if (acted && *acted > now) acted.reset();  // A slip of the clock or the pen.
  for (const ParsedClaim& claim : claims) {
    const bool is_act =
        claim.action == ConsentAction::kGive && evidence_of(claim.method) == EvidenceKind::kProven;
    if (!is_act || claim.effective_at > now) continue;
    if (!acted || *acted < claim.effective_at) acted = claim.effective_at;
  }
  return acted;
}

// The events of one row among those of the batch.
struct StatementRow {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool made_record = false;
};

class ContactPlanner {
 public:
  ContactPlanner(Tx& tx, const BatchScope& scope, RowsTell tell, BatchPlan& plan)
      : tx_(tx),
        scope_(scope),
        tell_(tell),
        plan_(plan),
        random_(scope.services.random),
        erased_(tx, scope.tags, scope.services.names) {}

  Result<KeySet> run(std::span<const PreparedContact> rows) {
    words_ = statement_words(tx_, rows);
    auto keys = look_up(rows);
    if (!keys.ok()) return keys;
    for (const PreparedContact& prepared : rows) {
      plan_.counts.warnings += prepared.row.warnings.size();
      if (prepared.row.entity == Entity::kOrganisation) {
        take_organisation(prepared);
      } else {
        take_person(prepared, *keys);
      }
    }
    describe_records();
    drop_repeated_statements();
    return keys;
  }

 private:
  Result<KeySet> look_up(std::span<const PreparedContact> rows) {
    std::vector<Tag16> people;
    std::vector<Tag16> organisations;
    for (const PreparedContact& one : rows) {
      (one.row.entity == Entity::kPerson ? people : organisations).push_back(one.external);
    }
    std::map<Tag16, RecordId> live;
    for (const auto& [external, known] : known_records(tx_, scope_.source.id, people)) {
      if (known.state != 2) records_[external].known = known;
      live[external] = known.record;
    }
    organisations_ = known_organisations(tx_, scope_.source.id, organisations);
    erased_.look_up(rows, live);
    return fetch_keys(rows);
  }

  // Only rows that change something need the key of what is there; statements need the contacts.
  Result<KeySet> fetch_keys(std::span<const PreparedContact> rows) {
    std::set<Uuid> units;
    std::vector<RecordId> speakers;
    for (const PreparedContact& one : rows) {
      const auto record = records_.find(one.external);
      if (record != records_.end()) {
        speakers.push_back(record->second.known.record);
        if (record->second.known.content != one.content) {
          units.insert(record->second.known.record.value);
        }
      }
      const auto organisation = organisations_.find(one.external);
      if (organisation != organisations_.end() && organisation->second.content != one.content) {
        units.insert(organisation->second.organisation);
      }
    }
    if (tell_ == RowsTell::kStatements) contacts_ = known_contacts(tx_, speakers);
    const std::vector<Uuid> list(units.begin(), units.end());
    return scope_.services.keys.fetch(tx_.tenant(), list, KeyPurpose::kFields);
  }

  Uuid new_id() { return Uuid::v7(tx_.now(), random_); }

  // --- organisations

  void take_organisation(const PreparedContact& prepared) {
    if (erased_.refuse(prepared.markers, std::nullopt)) {
      return plan_.reject(new_id(), new_id(), plan_.erased(prepared.row.line));
    }
    const auto known = organisations_.find(prepared.external);
    const bool is_new = known == organisations_.end();
    if (!is_new && known->second.content == prepared.content) {
      ++plan_.counts.unchanged;
      return;
    }
    ++plan_.counts.stored;
    OrganisationRow row;
    row.organisation = is_new ? new_id() : known->second.organisation;
    row.external = prepared.external;
    row.name = company_tag(scope_.tags, prepared.row.company);
    row.row = new_id();
    row.content = prepared.content;
    organisations_[prepared.external] = {row.organisation, row.content};
    plan_.batch.units.push_back(row.organisation);
    std::erase_if(plan_.batch.unit_tags,
                  [&](const HeldTag& held) { return held.holder == row.organisation; });
    for (HeldTag& held : findable(prepared)) {
      held.holder = row.organisation;
      plan_.batch.unit_tags.push_back(held);
    }
    // Nobody's statement, but its addresses are left alone.
    if (!prepared.row.opt_outs.empty()) plan_.denied.push_back(denied_by(prepared));
    plan_.add_organisation(std::move(row), duplicate(prepared.values),
                           is_new ? Arrival::kNew : Arrival::kChanged);
  }

  // --- people

  void take_person(const PreparedContact& prepared, const KeySet& keys) {
    const auto claims = parse_claims(prepared.row, words_, tx_.now());
    if (const auto* fault = std::get_if<ClaimFault>(&claims)) {
      return plan_.reject(
          new_id(), new_id(),
          {prepared.row.line, fault->column, fault->reason, std::string(fault->field.view()),
           duplicate(prepared.values), findable(prepared), denied_by(prepared)});
    }
    const auto& said = std::get<std::vector<ParsedClaim>>(claims);
    if (is_refused(prepared, said, keys)) {
      BatchPlan::Reject erased = plan_.erased(prepared.row.line);
      erased.denied = denied_by(prepared);
      return plan_.reject(new_id(), new_id(), std::move(erased));
    }
    const auto known = records_.find(prepared.external);
    if (tell_ == RowsTell::kStatements) return take_statements(prepared, said);
    if (known != records_.end() && known->second.known.content == prepared.content) {
      ++plan_.counts.unchanged;
      return;
    }
    ++plan_.counts.stored;
    Current& current = store_version(prepared, duplicate(prepared.values), prepared.content);
    current.described = &prepared;
    state(speaker(current.known, contacts_of(prepared)), prepared.row, said);
  }

  // Whether an erasure refuses the row; the person's own later act ends it.
  bool is_refused(const PreparedContact& prepared, std::span<const ParsedClaim> claims,
                  const KeySet& keys) {
    const auto acted = act_of_person(scope_.source, prepared.row, claims, tx_.now());
    const std::vector<ErasureMarker> markers = erased_.markers_of(prepared);
    if (erased_.refuse(markers, acted)) return true;
    const auto known = records_.find(prepared.external);
    if (known != records_.end() && known->second.arrival == Arrival::kChanged) {
      const KnownRecord& record = known->second.known;
      const bool needs_key = tell_ == RowsTell::kPerson && record.content != prepared.content;
      if (record.state == 1) return true;
      if (needs_key && keys.newest(record.record.value).second == nullptr) return true;
    }
    for (const Uuid& group : erased_.lift(markers)) plan_.batch.lifted.push_back(group);
    return false;
  }

  Current& find_or_make(const PreparedContact& prepared) {
    const auto [found, is_new] = records_.try_emplace(prepared.external);
    Current& current = found->second;
    if (is_new) {
      current.arrival = Arrival::kNew;
      current.known.record = RecordId{new_id()};
      plan_.batch.records.push_back({current.known.record, scope_.source.id, prepared.external,
                                     SubjectRef{Uuid::v4(random_)}});
    }
    return current;
  }

  Current& store_version(const PreparedContact& prepared, std::vector<FieldValue> values,
                         const Tag16& content) {
    Current& current = find_or_make(prepared);
    const bool needs_new_key = current.known.version == 0;
    VersionRow version;
    version.record = current.known.record;
    version.version = ++current.known.version;
    version.row = new_id();
    version.content = content;
    describe(version, prepared.row, utc_date(tx_.now()));
    plan_.add_version(std::move(version), std::move(values),
                      needs_new_key ? Arrival::kNew : Arrival::kChanged);
    current.known.content = content;
    return current;
  }

  void take_statements(const PreparedContact& prepared, std::span<const ParsedClaim> said) {
    const bool is_new = !records_.contains(prepared.external);
    if (is_new) {
      store_version(prepared, external_id_only(prepared.row.external_id, scope_.fields),
                    scope_.tags.content_tag("bare", prepared.external));
    }
    const KnownRecord& record = records_.at(prepared.external).known;
    const std::size_t before = plan_.batch.consents.size();
    state(speaker(record, contacts_[record.record]), prepared.row, said);
    statement_rows_.push_back({before, plan_.batch.consents.size(), is_new});
  }

  // --- statements

  Speaker speaker(const KnownRecord& record, std::vector<LinkTag> contacts) const {
    return {tx_.tenant(), record.record, scope_.source.id, record.version, std::move(contacts)};
  }

  void state(const Speaker& speaker, const ContactRow& row, std::span<const ParsedClaim> said) {
    Batch& batch = plan_.batch;
    for (ConsentEvent& event : claim_events(speaker, said)) {
      batch.consents.push_back(std::move(event));
    }
    for (ConsentEvent& event : opt_out_events(speaker, row.opt_outs, tx_.now())) {
      batch.consents.push_back(std::move(event));
    }
    for (const AskedSuppression& one : opt_out_suppressions(speaker, row.opt_outs, tx_.now())) {
      batch.suppressed.push_back(one);
    }
  }

  // A row that only repeats what the ledger holds is unchanged, unless it made its record.
  void drop_repeated_statements() {
    if (statement_rows_.empty()) return;
    const Ledger ledger(scope_.services.journal);
    std::set<EventId> known;
    for (const EventId& id : ledger.known(tx_, plan_.batch.consents)) known.insert(id);
    for (const auto& [begin, end, made_record] : statement_rows_) {
      bool is_news = made_record;
      for (std::size_t i = begin; i < end; ++i) {
        is_news |= known.insert(plan_.batch.consents[i].id).second;
      }
      ++(is_news ? plan_.counts.stored : plan_.counts.unchanged);
    }
  }

  // --- what finds and links the records of the batch

  void describe_records() {
    Batch& batch = plan_.batch;
    for (const auto& [external, current] : records_) {
      const bool is_new = current.arrival == Arrival::kNew;
      if (current.described == nullptr) {
        if (is_new) batch.changed.push_back({current.known.record, Arrival::kNew, {}});
        continue;
      }
      const PreparedContact& row = *current.described;
      const Uuid holder = current.known.record.value;
      if (!is_new) batch.described.push_back(current.known.record);
      for (const HeldTag& held : held_by(holder, row)) batch.identifiers.push_back(held);
      if (!row.row.company.empty()) {
        batch.works_for.push_back({holder, company_tag(scope_.tags, row.row.company), 0});
      }
      for (const ValueTag& value : row.found) {
        if (value.kind != kCardIndex) batch.contacts.push_back({value.tag, value.suppression});
      }
      batch.changed.push_back({current.known.record, current.arrival, link_tags(row)});
    }
  }

  Tx& tx_;
  const BatchScope& scope_;
  const RowsTell tell_;
  BatchPlan& plan_;
  Random& random_;
  StatementWords words_;
  std::map<Tag16, Current> records_;
  std::map<Tag16, KnownOrganisation> organisations_;
  ErasedRows erased_;
  std::map<RecordId, std::vector<LinkTag>> contacts_;
  std::vector<StatementRow> statement_rows_;
};

}  // namespace

Result<KeySet> plan_contacts(Tx& tx, const BatchScope& scope, std::span<const PreparedContact> rows,
                             RowsTell tell, BatchPlan& plan) {
  if (rows.empty()) return KeySet{};
  return ContactPlanner(tx, scope, tell, plan).run(rows);
}

}  // namespace assent
