#include "kept_denials.h"

#include <algorithm>
#include <set>

#include "audit/event.h"
#include "known_rows.h"
#include "statements.h"

namespace assent {
namespace {

ConsentAction action_of(RowDenial::Action action) {
  switch (action) {
    case RowDenial::Action::kRefuse:
      return ConsentAction::kRefuse;
    case RowDenial::Action::kWithdraw:
      return ConsentAction::kWithdraw;
    case RowDenial::Action::kObject:
      return ConsentAction::kObject;
  }
  return ConsentAction::kObject;
}

class DenialPlanner {
 public:
  DenialPlanner(Tx& tx, const BatchScope& scope, BatchPlan& plan)
      : tx_(tx), scope_(scope), plan_(plan) {}

  void run() {
    look_up();
    for (const DeniedRow& row : plan_.denied) {
      const auto record = row.external ? records_.find(*row.external) : records_.end();
      const bool has_record = record != records_.end();
      if (has_record) bind_record(record->second, row);
      const bool has_address = bind_addresses(row);
      if (!(has_record || has_address) || !row.rejected) continue;
      plan_.batch.rejected[*row.rejected].denials_kept = true;
      ++plan_.counts.denials_kept;
    }
  }

 private:
  void look_up() {
    std::vector<Tag16> externals;
    std::vector<EventId> rows;
    for (const DeniedRow& row : plan_.denied) {
      if (row.external) externals.push_back(*row.external);
      rows.push_back(row_id(row));
    }
    for (const auto& [external, known] : known_records(tx_, scope_.source.id, externals)) {
      if (known.state == 0 || known.state == 3) records_[external] = known.record;
    }
    // Those of this very group are not in the database yet.
    for (const NewRecord& made : plan_.batch.records) {
      if (made.source == scope_.source.id) records_[made.external] = made.record;
    }
    look_up_contacts();
    purposes_ = purposes_by_name(tx_);
    said_ = Suppressions::remembered(tx_, rows);
  }

  void look_up_contacts() {
    std::vector<RecordId> all;
    for (const auto& [external, record] : records_) all.push_back(record);
    contacts_ = known_contacts(tx_, all);
    for (const HeldTag& held : plan_.batch.identifiers) {
      if (held.kind == kCardIndex) continue;
      contacts_[RecordId{held.holder}].push_back({held.kind, held.tag});
    }
  }

  // Nobody's event: remembers that the row was read.
  EventId row_id(const DeniedRow& row) const {
    return derive_event_id(tx_.tenant(), RecordId{}, scope_.source.id,
                           "denied row/" + to_hex(row.row));
  }

  std::vector<PurposeCode> purposes_of(const RowDenial& denial) const {
    const auto named = purposes_.find(denial.purpose);
    if (named != purposes_.end()) return {named->second};
    std::set<PurposeCode> all{PurposeCode::kDirectMarketing};
    for (const auto& [name, purpose] : purposes_) all.insert(purpose);
    return {all.begin(), all.end()};
  }

  bool is_of_marketing(const RowDenial& denial) const {
    return std::ranges::count(purposes_of(denial), PurposeCode::kDirectMarketing) > 0;
  }

  Timestamp since(const RowDenial& denial) const {
    return std::min(denial.effective_at.value_or(tx_.now()), tx_.now());
  }

  void bind_record(RecordId record, const DeniedRow& row) {
    for (const RowDenial& denial : row.denials) {
      const std::uint8_t channel = channel_number(denial.channel).value_or(0);
      for (const PurposeCode purpose : purposes_of(denial)) {
        const ConsentEvent event = event_of(record, row, denial, purpose, channel);
        plan_.batch.consents.push_back(event);
        if (purpose != PurposeCode::kDirectMarketing) continue;
        for (const LinkTag& contact : contacts_[record]) {
          if (!reaches(channel, contact.kind)) continue;
          plan_.batch.suppressed.push_back({event.id, {contact.tag, channel, since(denial)}});
        }
      }
    }
  }

  ConsentEvent event_of(RecordId record, const DeniedRow& row, const RowDenial& denial,
                        PurposeCode purpose, std::uint8_t channel) const {
    ConsentEvent event;
    event.record = record;
    std::string key = "denied row/" + to_hex(row.row);
    for (const int part : {static_cast<int>(purpose), static_cast<int>(channel),
                           static_cast<int>(action_of(denial.action))}) {
      key += '/' + std::to_string(part);
    }
    event.id = derive_event_id(tx_.tenant(), record, scope_.source.id, key);
    event.purpose = purpose;
    event.channel = channel;
    event.action = action_of(denial.action);
    event.effective_at = since(denial);
    event.source = scope_.source.id;
    event.method = ConsentMethod::kImported;
    event.evidence = EvidenceKind::kClaimed;
    return event;
  }

  // Whether the row names an address that one of its denials concerns.
  bool bind_addresses(const DeniedRow& row) {
    bool any = false;
    const bool is_repeat = !said_.insert(row_id(row)).second;
    for (const RowDenial& denial : row.denials) {
      if (!is_of_marketing(denial)) continue;
      const std::uint8_t channel = channel_number(denial.channel).value_or(0);
      for (const ValueTag& address : row.addresses) {
        if (address.kind == kCardIndex || !reaches(channel, address.kind)) continue;
        any = true;
        if (is_repeat) continue;
        plan_.batch.addresses.push_back({address.suppression, channel, since(denial)});
        plan_.batch.denied_contacts.push_back(address.tag);
      }
    }
    if (any && !is_repeat) plan_.batch.denied_rows.push_back(row_id(row));
    return any;
  }

  Tx& tx_;
  const BatchScope& scope_;
  BatchPlan& plan_;
  std::map<Tag16, RecordId> records_;
  std::map<RecordId, std::vector<LinkTag>> contacts_;
  std::map<std::string, PurposeCode, std::less<>> purposes_;
  std::set<EventId> said_;
};

std::optional<RowDenial::Action> denial_of(std::string_view action) {
  if (action == "refuse") return RowDenial::Action::kRefuse;
  if (action == "withdraw") return RowDenial::Action::kWithdraw;
  if (action == "object") return RowDenial::Action::kObject;
  return std::nullopt;
}

}  // namespace

DeniedRow denied_by(const PreparedContact& prepared) {
  DeniedRow row;
  if (prepared.row.entity == Entity::kPerson) row.external = prepared.external;
  row.row = prepared.content;
  for (const ValueTag& value : prepared.found) row.addresses.push_back(value);
  for (const OptOut& opt_out : prepared.row.opt_outs) {
    row.denials.push_back({RowDenial::Action::kObject, "direct_marketing",
                           opt_out.channel ? opt_out.channel->text() : "", opt_out.effective_at});
  }
  for (const ConsentClaim& claim : prepared.row.consents) {
    const auto action = denial_of(claim.action);
    if (!action) continue;
    row.denials.push_back({*action, claim.purpose, claim.channel, claim.effective_at});
  }
  return row;
}

DeniedRow denied_by(const RejectedRow& row, std::int16_t source, const TagMaker& tags,
                    const BlockedValues& blocked) {
  DeniedRow denied;
  for (const RowDenial& denial : row.denials) denied.denials.push_back(denial);
  if (!row.external_id.empty()) {
    denied.external = tags.tag(kExternalIdIndex, row.external_id.reveal());
  }
  const auto add = [&](std::uint16_t index, IdentifierKind kind, const Plaintext& value) {
    const Strength strength = blocked.strength(kind, value.reveal());
    if (strength == Strength::kBlocked) return;
    denied.addresses.push_back({index, tags.tag(index, value.reveal()), strength,
                                tags.suppression_tag(index, value.reveal())});
  };
  for (const Plaintext& email : row.emails) add(kEmailIndex, IdentifierKind::kEmail, email);
  for (const Plaintext& phone : row.phones) add(kPhoneIndex, IdentifierKind::kPhone, phone);
  Bytes content;
  put_u16(content, static_cast<std::uint16_t>(source));
  put(content, row.raw.reveal());
  denied.row = tags.content_tag("denied row", content);
  return denied;
}

void plan_denials(Tx& tx, const BatchScope& scope, BatchPlan& plan) {
  if (!plan.denied.empty()) DenialPlanner(tx, scope, plan).run();
}

}  // namespace assent
