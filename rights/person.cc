#include "rights/person.h"

#include <algorithm>
#include <map>
#include <set>

#include "consent/authorizer.h"
#include "consent/vault.h"
#include "identity/email.h"
#include "identity/normalise.h"
#include "identity/phone.h"
#include "identity/record_fields.h"
#include "identity/search.h"

namespace assent {
namespace {

constexpr StaticText kOperator = "SELECT operator_country::text FROM tenant WHERE tenant = $1";

constexpr StaticText kOfSource = R"sql(
  SELECT r.record_id FROM record r JOIN source s ON s.source_id = r.source_id
   WHERE r.record_id = ANY($1::uuid[]) AND s.name = $2
)sql";

constexpr StaticText kHomes = R"sql(
  SELECT profile_id, record_id FROM membership
   WHERE record_id = ANY($1::uuid[]) AND to_at IS NULL ORDER BY profile_id, record_id
)sql";

constexpr StaticText kUnits = R"sql(
  SELECT t.unit_id, o.name_tag
    FROM unit_tag t
    LEFT JOIN organisation o ON o.organisation_id = t.unit_id
    LEFT JOIN rejected_row j ON j.rejected_id = t.unit_id
    LEFT JOIN import p ON p.import_id = j.import_id
    LEFT JOIN source s ON s.source_id = coalesce(o.source_id, p.source_id)
   WHERE t.tag = $1 AND t.kind = $2 AND ($3 = '' OR s.name = $3)
     AND NOT EXISTS (SELECT FROM pending_shred d WHERE d.unit_id = t.unit_id)
   ORDER BY t.unit_id
)sql";

std::uint16_t index_of(LookupKind kind) {
  switch (kind) {
    case LookupKind::kPhone:
      return kPhoneIndex;
    case LookupKind::kEmail:
      return kEmailIndex;
    case LookupKind::kCard:
      return kCardIndex;
    case LookupKind::kExternalId:
      return kExternalIdIndex;
  }
  throw std::logic_error("an identifier kind that is not known");
}

Result<Plaintext> normalise(Tx& tx, const PersonQuery& query) {
  const std::string_view value = query.value.reveal();
  switch (query.kind) {
    case LookupKind::kPhone: {
      const Rows rows = tx.query(kOperator, {tx.tenant()});
      auto phone = normalise_phone(value, rows.empty() ? "" : rows[0].text(0));
      if (!phone.ok()) return phone.error();
      return std::move(phone->e164);
    }
    case LookupKind::kEmail:
      return normalise_email(value);
    case LookupKind::kCard: {
      Plaintext card = normalise_card(value);
      if (card.empty()) return Error{ErrorCode::kInvalid, "not a card number"};
      return card;
    }
    case LookupKind::kExternalId:
      if (trim(value).empty()) return Error{ErrorCode::kInvalid, "an external id is not empty"};
      return Plaintext(trim(value));
  }
  throw std::logic_error("an identifier kind that is not known");
}

std::vector<RecordId> of_source(Tx& tx, const std::vector<RecordId>& records,
                                const std::string& source) {
  std::vector<RecordId> kept;
  const Rows rows = tx.query(kOfSource, {Param::array(records), source});
  for (const auto& row : rows) kept.push_back(row.id<RecordId>(0));
  return kept;
}

std::vector<Candidate> by_profile(Tx& tx, const std::vector<RecordId>& records) {
  std::vector<Candidate> people;
  const Rows rows = tx.query(kHomes, {Param::array(records)});
  for (const auto& row : rows) {
    const auto profile = row.id<ProfileId>(0);
    if (people.empty() || people.back().profile != profile) people.push_back({profile, {}});
    people.back().holders.push_back(row.id<RecordId>(1));
  }
  return people;
}

// Each organisation is somebody of its own; a rejected row may be anybody's.
std::vector<Candidate> of_units(Tx& tx, const Tag16& tag, const PersonQuery& query) {
  if (query.profile) return {};
  std::map<Tag16, Candidate> companies;
  Candidate unnamed;
  const auto kind = static_cast<std::int16_t>(index_of(query.kind));
  const Rows rows = tx.query(kUnits, {tag, kind, query.source});
  for (const auto& row : rows) {
    if (query.record && query.record->value != row.uuid(0)) continue;
    if (row.is_null(1)) {
      unnamed.units.rejected.push_back(row.uuid(0));
    } else {
      companies[row.tag(1)].units.organisations.push_back(row.uuid(0));
    }
  }
  std::vector<Candidate> people;
  for (auto& [name, company] : companies) {
    company.units.rejected = unnamed.units.rejected;
    people.push_back(std::move(company));
  }
  if (people.empty() && !unnamed.units.empty()) people.push_back(std::move(unnamed));
  return people;
}

bool is_meant(const Candidate& candidate, const PersonQuery& query) {
  if (query.profile && candidate.profile != *query.profile) return false;
  return !query.record || std::find(candidate.holders.begin(), candidate.holders.end(),
                                    *query.record) != candidate.holders.end();
}

}  // namespace

std::vector<Uuid> KeyedUnits::all() const {
  std::vector<Uuid> units = rejected;
  units.insert(units.end(), organisations.begin(), organisations.end());
  return units;
}

std::optional<LookupKind> lookup_kind(std::string_view word) {
  if (word == "phone") return LookupKind::kPhone;
  if (word == "email") return LookupKind::kEmail;
  if (word == "card") return LookupKind::kCard;
  if (word == "external_id") return LookupKind::kExternalId;
  return std::nullopt;
}

Result<std::vector<Candidate>> PersonFinder::find(Tx& tx, const Act& act, const PersonQuery& query,
                                                  Reach reach) const {
  const auto value = normalise(tx, query);
  if (!value.ok()) return value.error();
  const auto tags = keys_.tags(tx.tenant(), index_ids());
  if (!tags.ok()) return tags.error();
  const std::uint16_t index = index_of(query.kind);
  const bool is_far = reach == Reach::kRightsOfPerson;
  std::vector<RecordId> records = is_far ? records_that_held(tx, *tags, index, value->reveal())
                                         : records_with(tx, *tags, index, value->reveal());
  if (!query.source.empty()) records = of_source(tx, records, query.source);
  std::vector<Candidate> people = by_profile(tx, records);
  std::erase_if(people, [&](const Candidate& one) { return !is_meant(one, query); });
  if (!query.first_name.empty() && !people.empty()) {
    auto named = of_first_name(tx, act, std::move(people), query.first_name);
    if (!named.ok()) return named;
    people = *std::move(named);
  }
  if (is_far && people.empty()) people = of_units(tx, tags->tag(index, value->reveal()), query);
  Leaf leaf = leaf_of(act, AuditEvent::kLookup);
  leaf.result_count = static_cast<std::uint32_t>(people.size());
  journal_.append(tx, leaf);
  return people;
}

Result<std::vector<Candidate>> PersonFinder::of_first_name(Tx& tx, const Act& act,
                                                           std::vector<Candidate> candidates,
                                                           const Plaintext& first_name) const {
  std::vector<RecordId> records;
  for (const Candidate& one : candidates) {
    records.insert(records.end(), one.holders.begin(), one.holders.end());
  }
  const std::uint64_t mask =
      field_bit(fields_.find("first_name")->id) | field_bit(fields_.find("full_name")->id);
  const auto grant = Authorizer(journal_).authorize_read(tx, act, records, mask);
  if (!grant.ok()) return grant.error();
  const auto opened = Vault(keys_).open(tx, *grant);
  if (!opened.ok()) return opened.error();
  std::set<RecordId> named;
  for (const OpenedRecord& one : *opened) {
    for (const FieldValue& field : one.fields) {
      // A full name may begin with either part: one that agrees will do.
      if (!names_.first_names_contradict(field.value.reveal(), first_name.reveal())) {
        named.insert(one.record);
      }
    }
  }
  std::erase_if(candidates, [&](const Candidate& one) {
    return std::none_of(one.holders.begin(), one.holders.end(),
                        [&](const RecordId& record) { return named.contains(record); });
  });
  return candidates;
}

}  // namespace assent
