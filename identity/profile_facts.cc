#include "identity/profile_facts.h"

#include <algorithm>
#include <map>

#include "consent/suppression.h"
#include "identity/age.h"
#include "identity/record_fields.h"

namespace assent {
namespace {

constexpr StaticText kRecords = R"sql(
  SELECT wanted.id, r.record_id, r.state = 0, r.country, r.age_band, r.majority_month,
         r.legal_person
    FROM unnest($1::uuid[]) AS wanted (id)
   CROSS JOIN LATERAL (SELECT record_id FROM membership
                        WHERE profile_id = wanted.id AND to_at IS NULL OFFSET 0) AS m
   CROSS JOIN LATERAL (SELECT * FROM record WHERE record_id = m.record_id LIMIT 1) AS r
   ORDER BY wanted.id, r.record_id
)sql";

constexpr StaticText kContacts = R"sql(
  SELECT wanted.id, i.record_id, i.kind, i.tag, i.verified
    FROM unnest($1::uuid[]) AS wanted (id)
   CROSS JOIN LATERAL (SELECT record_id FROM membership
                        WHERE profile_id = wanted.id AND to_at IS NULL OFFSET 0) AS m
   CROSS JOIN LATERAL (SELECT FROM record WHERE record_id = m.record_id AND state = 0
                        LIMIT 1) AS live
   CROSS JOIN LATERAL (SELECT * FROM identifier
                        WHERE record_id = m.record_id AND kind = ANY($2::smallint[])
                       OFFSET 0) AS i
   ORDER BY wanted.id, i.record_id, i.kind, i.tag
)sql";

constexpr StaticText kProfilesOf = R"sql(
  SELECT DISTINCT profile_id FROM membership
   WHERE record_id = ANY($1::uuid[]) AND to_at IS NULL ORDER BY profile_id
)sql";

constexpr StaticText kProfilesHolding = R"sql(
  SELECT DISTINCT m.profile_id
    FROM unnest($1::bytea[]) AS wanted (tag)
   CROSS JOIN LATERAL (SELECT record_id FROM identifier
                        WHERE tag = wanted.tag AND kind = ANY($2::smallint[]) OFFSET 0) AS i
   CROSS JOIN LATERAL (SELECT FROM record WHERE record_id = i.record_id AND state = 0
                        LIMIT 1) AS live
   CROSS JOIN LATERAL (SELECT profile_id FROM membership
                        WHERE record_id = i.record_id AND to_at IS NULL LIMIT 1) AS m
   ORDER BY m.profile_id
)sql";

// Contact points of the records that some other record holds too.
constexpr StaticText kSharedContacts = R"sql(
  SELECT DISTINCT i.tag
    FROM unnest($1::uuid[]) AS wanted (id)
   CROSS JOIN LATERAL (SELECT tag, kind FROM identifier
                        WHERE record_id = wanted.id AND kind = ANY($2::smallint[])
                       OFFSET 0) AS i
   CROSS JOIN LATERAL (SELECT FROM identifier o
                        WHERE o.tag = i.tag AND o.kind = i.kind AND o.record_id <> wanted.id
                        LIMIT 1) AS other
)sql";

// Who else holds a contact point, as far as they ever refused (3), withdrew (4) or objected (5).
constexpr StaticText kOtherHolders = R"sql(
  SELECT i.tag, i.kind, i.record_id, m.profile_id
    FROM (SELECT DISTINCT unnest($1::bytea[])) AS wanted (tag)
   CROSS JOIN LATERAL (SELECT tag, kind, record_id, count(*) OVER (PARTITION BY kind) AS holders
                         FROM identifier
                        WHERE tag = wanted.tag AND kind = ANY($2::smallint[]) OFFSET 0) AS i
    LEFT JOIN LATERAL (SELECT profile_id FROM membership
                        WHERE record_id = i.record_id AND to_at IS NULL LIMIT 1) AS m ON true
   WHERE i.holders > 1
     AND EXISTS (SELECT FROM consent_event e
                  WHERE e.record_id = i.record_id AND e.action IN (3, 4, 5))
   ORDER BY i.record_id
)sql";

// Contact points of the records that one of them, or anybody with a word on just this point,
// denied.
constexpr StaticText kDenied = R"sql(
  SELECT contact_tag FROM consent_event
   WHERE contact_tag <> '' AND contact_tag = ANY($1::bytea[]) AND action IN (3, 4, 5)
  UNION
  SELECT i.tag FROM identifier i
   WHERE i.record_id = ANY($2::uuid[]) AND i.kind = ANY($3::smallint[])
     AND i.tag = ANY($1::bytea[]) AND EXISTS (SELECT FROM consent_event e
                  WHERE e.record_id = i.record_id AND e.action IN (3, 4, 5))
)sql";

constexpr StaticText kNextProfiles = R"sql(
  SELECT profile_id FROM profile WHERE profile_id > $1 ORDER BY profile_id LIMIT $2
)sql";

constexpr StaticText kLiving = R"sql(
  WITH RECURSIVE heir (id, into_id) AS (
    SELECT profile_id, retired_into FROM profile WHERE profile_id = $1
    UNION ALL
    SELECT p.profile_id, p.retired_into FROM heir JOIN profile p ON p.profile_id = heir.into_id)
  SELECT id FROM heir WHERE into_id IS NULL
)sql";

Param contact_kinds() {
  return Param::array(std::vector<std::int16_t>{kPhoneIndex, kEmailIndex});
}

template <class IdType>
Param ids(std::span<const IdType> values) {
  return Param::array(std::vector<IdType>(values.begin(), values.end()));
}

std::vector<ProfileId> profiles(const Rows& rows) {
  std::vector<ProfileId> found;
  for (const auto& row : rows) found.push_back(row.id<ProfileId>(0));
  return found;
}

// The youngest that the person can be on `today`.
std::optional<int> youngest(std::optional<std::int64_t> band, std::optional<Date> majority,
                            Date today) {
  if (!band && !majority) return std::nullopt;
  const int floor = static_cast<int>(band.value_or(0));
  if (!majority) return floor;
  // Somebody who comes of age within a month is certain to be so only when it has passed.
  const bool is_of_age =
      std::pair(today.year, today.month) > std::pair(majority->year, majority->month);
  return is_of_age ? std::max<int>(floor, kMajorityYears)
                   : std::min<int>(floor, kMajorityYears - 1);
}

void add_record(PersonFacts& facts, const Rows::Row& row, Date today) {
  const bool is_first = facts.records.empty();
  facts.records.push_back(row.id<RecordId>(1));
  // One person among the records makes the profile a person's.
  facts.legal_person = row.flag(6) && (is_first || facts.legal_person);
  if (!row.flag(2)) return;  // Erased or retired: it only binds.
  facts.says.push_back(
      {facts.records.back(), row.optional(3, &Rows::Row::text),
       youngest(row.optional(4, &Rows::Row::integer), row.optional(5, &Rows::Row::date), today)});
}

// Contact points that these records share with others, and on which a denial stands.
std::vector<Tag16> denied_contacts(Tx& tx, std::span<const RecordId> records) {
  std::vector<Tag16> contacts;
  const Rows held = tx.query(kSharedContacts, {ids(records), contact_kinds()});
  for (const auto& row : held) contacts.push_back(row.tag(0));
  if (contacts.empty()) return contacts;
  std::vector<Tag16> denied;
  for (const auto& [contact, entries] : Suppressions::standing(tx, contacts)) {
    if (!entries.empty()) denied.push_back(contact);
  }
  const Rows told = tx.query(kDenied, {Param::array(contacts), ids(records), contact_kinds()});
  for (const auto& row : told) denied.push_back(row.tag(0));
  return denied;
}

struct Holder {
  RecordId record;
  std::optional<ProfileId> profile;
};
using HeldBy = std::map<std::pair<Tag16, std::uint16_t>, std::vector<Holder>>;

HeldBy other_holders(Tx& tx, const std::map<ProfileId, PersonFacts>& people) {
  std::vector<Tag16> tags;
  for (const auto& [profile, facts] : people) {
    for (const ContactPoint& contact : facts.contacts) tags.push_back(contact.tag);
  }
  HeldBy held;
  if (tags.empty()) return held;
  const Rows rows = tx.query(kOtherHolders, {Param::array(tags), contact_kinds()});
  for (const auto& row : rows) {
    Holder holder{row.id<RecordId>(2), std::nullopt};
    if (!row.is_null(3)) holder.profile = row.id<ProfileId>(3);
    held[{row.tag(0), static_cast<std::uint16_t>(row.integer(1))}].push_back(holder);
  }
  return held;
}

void add_other_holders(const HeldBy& held, PersonFacts& facts) {
  for (ContactPoint& contact : facts.contacts) {
    const auto found = held.find({contact.tag, contact.kind});
    if (found == held.end()) continue;
    for (const Holder& holder : found->second) {
      if (holder.profile != facts.profile) contact.other_holders.push_back(holder.record);
    }
  }
}

void add_all(std::vector<ProfileId>& all, std::span<const ProfileId> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

Result<std::vector<PersonFacts>> person_facts(Tx& tx, std::span<const ProfileId> profiles) {
  std::map<ProfileId, PersonFacts> people;
  for (const ProfileId& profile : profiles) people[profile].profile = profile;
  const Date today = utc_date(tx.now());
  const Rows records = tx.query(kRecords, {ids(profiles)});
  for (const auto& row : records) {
    const auto profile = row.id<ProfileId>(0);
    add_record(people.at(profile), row, today);
  }
  const Rows contacts = tx.query(kContacts, {ids(profiles), contact_kinds()});
  for (const auto& row : contacts) {
    people.at(row.id<ProfileId>(0))
        .contacts.push_back({row.id<RecordId>(1), static_cast<std::uint16_t>(row.integer(2)),
                             row.tag(3), row.flag(4)});
  }
  const HeldBy held = other_holders(tx, people);
  std::vector<PersonFacts> all;
  for (auto& [profile, facts] : people) {
    add_other_holders(held, facts);
    all.push_back(std::move(facts));
  }
  return all;
}

std::vector<ProfileId> profiles_of(Tx& tx, std::span<const RecordId> records) {
  if (records.empty()) return {};
  return profiles(tx.query(kProfilesOf, {ids(records)}));
}

std::vector<ProfileId> profiles_holding(Tx& tx, std::span<const Tag16> contacts) {
  if (contacts.empty()) return {};
  return profiles(tx.query(kProfilesHolding, {ids(contacts), contact_kinds()}));
}

Result<ProfileId> living_profile(Tx& tx, ProfileId profile) {
  const Rows rows = tx.query(kLiving, {profile});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such profile"};
  return rows[0].id<ProfileId>(0);
}

Status refresh_permits(Tx& tx, const PermitDeriver& permits, std::span<const RecordId> changed,
                       std::span<const ProfileId> left_behind) {
  std::vector<ProfileId> concerned = profiles_of(tx, changed);
  if (!changed.empty()) add_all(concerned, profiles_holding(tx, denied_contacts(tx, changed)));
  add_all(concerned, left_behind);
  std::sort(concerned.begin(), concerned.end());
  concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
  std::span<const ProfileId> left = concerned;
  while (!left.empty()) {
    const auto part = left.first(std::min(left.size(), PermitDeriver::kPeopleMax));
    auto facts = person_facts(tx, part);
    if (!facts.ok()) return facts.error();
    auto rebuilt = permits.rebuild(tx, *facts);
    if (!rebuilt.ok()) return rebuilt;
    left = left.subspan(part.size());
  }
  return Unit{};
}

Result<std::vector<PersonFacts>> next_people(Tx& tx, std::optional<ProfileId> after,
                                             std::size_t limit) {
  return person_facts(tx, profiles(tx.query(kNextProfiles, {after.value_or(ProfileId{}),
                                                            static_cast<std::int64_t>(limit)})));
}

}  // namespace assent
