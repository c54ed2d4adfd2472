#include "permit_inputs.h"

#include <algorithm>

namespace assent {
namespace {

constexpr StaticText kEvents =
    "SELECT record_id, event_id, purpose_id, channel, contact_tag, action, effective_at, "
    "notice_id, "
    "evidence_kind, separate_document, conditional, pre_ticked, by_verified_holder, expires_on "
    "FROM consent_event WHERE tenant = $1 AND purpose_id = 1 "
    "AND (record_id = ANY ($2) OR (contact_tag = ANY ($3) AND contact_tag <> ''))";
constexpr StaticText kFlags =
    "SELECT record_id, flag, since, until_at FROM record_flag WHERE tenant = $1 "
    "AND record_id = ANY ($2) AND since <= $3 AND (until_at IS NULL OR until_at > $3)";
constexpr StaticText kGone =
    "SELECT record_id FROM record WHERE tenant = $1 AND record_id = ANY ($2) AND state IN (1, 2)";
template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

ConsentEvent read_event(const Rows::Row& row) {
  ConsentEvent e;
  e.record = row.id<RecordId>(0);
  e.id = row.id<EventId>(1);
  e.purpose = static_cast<PurposeCode>(row.integer(2));
  e.channel = static_cast<std::uint8_t>(row.integer(3));
  if (!row.view(4).empty()) e.contact = row.tag(4);
  e.action = static_cast<ConsentAction>(row.integer(5));
  e.effective_at = row.time(6);
  e.notice = row.optional(7, &Rows::Row::uuid);
  e.evidence = static_cast<EvidenceKind>(row.integer(8));
  e.separate_document = row.flag(9);
  e.conditional = row.flag(10);
  e.pre_ticked = row.flag(11);
  e.by_verified_holder = row.flag(12);
  e.expires_on = row.optional(13, &Rows::Row::date);
  return e;
}

}  // namespace

void PermitInputs::load_events(Tx& tx, const std::vector<RecordId>& records,
                               const std::vector<Tag16>& tags) {
  const Rows rows = tx.query(kEvents, {tx.tenant(), Param::array(records), Param::array(tags)});
  events_.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows) {
    const std::size_t index = events_.size();
    events_.push_back(read_event(row));
    by_record_[events_.back().record].push_back(index);
    if (events_.back().contact) by_contact_[*events_.back().contact].push_back(index);
  }
}

void PermitInputs::load_flags(Tx& tx, const std::vector<RecordId>& records) {
  const Rows flags = tx.query(kFlags, {tx.tenant(), Param::array(records), tx.now()});
  for (const auto& row : flags) {
    flags_[row.id<RecordId>(0)].push_back({{static_cast<RecordFlag>(row.integer(1)), row.time(2)},
                                           row.optional(3, &Rows::Row::time)});
  }
  const Rows gone = tx.query(kGone, {tx.tenant(), Param::array(records)});
  for (const auto& row : gone) gone_[row.id<RecordId>(0)] = true;
}

PermitInputs PermitInputs::load(Tx& tx, std::span<const PersonFacts> people) {
  std::vector<RecordId> own;
  std::vector<RecordId> speakers;
  std::vector<Tag16> tags;
  for (const PersonFacts& person : people) {
    own.insert(own.end(), person.records.begin(), person.records.end());
    for (const ContactPoint& contact : person.contacts) {
      tags.push_back(contact.tag);
      speakers.insert(speakers.end(), contact.other_holders.begin(), contact.other_holders.end());
    }
  }
  speakers.insert(speakers.end(), own.begin(), own.end());
  sort_unique(own);
  sort_unique(speakers);
  sort_unique(tags);
  PermitInputs inputs;
  inputs.load_events(tx, speakers, tags);
  inputs.load_flags(tx, own);
  inputs.notices_ = Notices::index(tx);
  inputs.suppressed_ = Suppressions::standing(tx, tags);
  return inputs;
}

ProfileStory PermitInputs::story_of(const PersonFacts& person) const {
  ProfileStory story;
  story.own = person.records;
  sort_unique(story.own);
  for (RecordId record : story.own) {
    if (const auto found = by_record_.find(record); found != by_record_.end()) {
      for (std::size_t index : found->second) story.events.push_back(&events_[index]);
    }
    if (const auto found = flags_.find(record); found != flags_.end()) {
      for (const Flag& flag : found->second) {
        story.flags.push_back(flag.flag);
        if (!flag.end) continue;
        const Date end = utc_date(*flag.end);
        if (!story.changes_on || end < *story.changes_on) story.changes_on = end;
      }
    }
    story.erased = story.erased || gone_.contains(record);
  }
  return story;
}

ContactStory PermitInputs::story_of(const ProfileStory& profile,
                                    const ContactPoint& contact) const {
  ContactStory story{profile,  contact.other_holders, profile.events, {},
                     notices_, profile.changes_on};
  sort_unique(story.other_holders);
  std::vector<std::size_t> foreign;
  if (const auto found = by_contact_.find(contact.tag); found != by_contact_.end()) {
    foreign = found->second;
  }
  for (RecordId record : story.other_holders) {
    const auto found = by_record_.find(record);
    if (found == by_record_.end()) continue;
    foreign.insert(foreign.end(), found->second.begin(), found->second.end());
  }
  sort_unique(foreign);
  for (std::size_t index : foreign) {
    const ConsentEvent& event = events_[index];
    if (!std::ranges::binary_search(profile.own, event.record)) story.events.push_back(&event);
  }
  if (const auto found = suppressed_.find(contact.tag); found != suppressed_.end()) {
    story.suppressed = found->second;
  }
  return story;
}

}  // namespace assent
