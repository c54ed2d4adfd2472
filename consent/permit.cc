#include "consent/permit.h"

#include <algorithm>
#include <tuple>

#include "consent/engine.h"
#include "permit_inputs.h"

namespace assent {
namespace {

constexpr StaticText kReplace =
    "SELECT replace_permits($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
constexpr StaticText kStored =
    "SELECT profile_id, purpose_id, channel, contact_tag, record_id, permitted, reason, laws, "
    "until_on, facts_hash, policy_hash FROM permit WHERE tenant = $1 AND profile_id = ANY ($2)";
constexpr StaticText kTenant =
    "SELECT operator_country::text, array_to_string(target_countries, ',') FROM tenant "
    "WHERE tenant = $1";

// The channels that a contact point serves.
std::span<const Channel> channels_of(std::uint16_t kind) {
  static constexpr Channel kMail[] = {Channel::kEmail};
  static constexpr Channel kPhone[] = {Channel::kSms, Channel::kPhoneLive};
  if (kind == kEmailIndex) return kMail;
  if (kind == kPhoneIndex) return kPhone;
  return {};
}

Country country_of(const std::optional<std::string>& text) {
  return text ? Country::parse(*text).value_or(Country{}) : Country{};
}

// What is taken for known of the person behind one record's contact points.
struct Bearing {
  Country country;
  bool is_disputed = false;  // Another record of the profile names another country.
  std::optional<int> age;
};

constexpr int kAdultYears = 18;

// A word of another record never makes known what this one leaves open; it may only restrict.
Bearing bearing_of(const PersonFacts& person, RecordId holder) {
  Bearing bearing;
  for (const RecordSays& one : person.says) {
    if (one.record != holder) continue;
    bearing.country = country_of(one.country);
    bearing.age = one.age;
  }
  for (const RecordSays& one : person.says) {
    const Country country = country_of(one.country);
    bearing.is_disputed |= bearing.country.known() && country.known() && country != bearing.country;
    const bool is_younger = one.age && *one.age < bearing.age.value_or(kAdultYears);
    if (is_younger) bearing.age = one.age;
  }
  return bearing;
}

// Derives the rows of one call; remembers which laws apply to whom.
class Derivation {
 public:
  Derivation(const PolicySet& policies, const Operator& tenant, const PermitInputs& inputs,
             Date today)
      : policies_(policies), tenant_(tenant), inputs_(inputs), today_(today) {}

  void add(const PersonFacts& person) {
    const ProfileStory story = inputs_.story_of(person);
    for (const ContactPoint& contact : person.contacts) {
      const ContactStory told = inputs_.story_of(story, contact);
      for (Channel channel : channels_of(contact.kind)) add(person, contact, channel, told);
    }
  }

  std::vector<ExplainedPermit> rows;

 private:
  void add(const PersonFacts& person, const ContactPoint& contact, Channel channel,
           const ContactStory& story) {
    Facts facts = facts_of(person, bearing_of(person, contact.record), channel);
    Folded folded =
        fold(FoldQuestion{PurposeCode::kDirectMarketing, channel, contact.record, contact.tag},
             story.view());
    facts.consents = std::move(folded.consents);
    facts.flags = std::move(folded.flags);
    facts.suppressions = std::move(folded.suppressions);
    PermitRow row;
    row.profile = person.profile;
    row.purpose = facts.purpose;
    row.channel = channel;
    row.contact = contact.tag;
    row.record = contact.record;
    row.facts = facts_hash(facts);
    facts.as_of = today_;
    const Decision decision = decide(policies_, facts);
    row.permitted = decision.permitted();
    row.reason = decision.reason;
    row.policy = decision.policy_hash;
    row.until = decision.until;
    if (story.changes_on && (!row.until || *story.changes_on < *row.until)) {
      row.until = story.changes_on;
    }
    for (const PolicyRef& policy : decision.policies) {
      if (!row.laws.empty()) row.laws += ',';
      row.laws += policy.id;
    }
    rows.push_back({std::move(row), decision.citation});
  }

  Facts facts_of(const PersonFacts& person, const Bearing& bearing, Channel channel) {
    Facts facts;
    facts.subject.country = bearing.country;
    facts.subject.citizenship = country_of(person.citizenship);
    facts.subject.age = bearing.age;
    facts.subject.legal_person = person.legal_person;
    // A shop that holds no special categories and does not address children.
    facts.subject.special_category = false;
    facts.subject.child_directed = false;
    facts.jurisdictions = laws_for(facts.subject, channel);
    if (bearing.is_disputed) {
      facts.subject.country = {};
      const auto& more = laws_for(facts.subject, channel);
      facts.jurisdictions.insert(facts.jurisdictions.end(), more.begin(), more.end());
      std::ranges::sort(facts.jurisdictions);
      const auto doubled = std::ranges::unique(facts.jurisdictions);
      facts.jurisdictions.erase(doubled.begin(), doubled.end());
    }
    facts.purpose = Purpose::kDirectMarketing;
    facts.channel = channel;
    facts.basis = Basis::kConsent;
    facts.recipient.role = RecipientRole::kInternal;
    facts.db_country = tenant_.database;
    facts.message = {true, true, true, true, std::nullopt};
    return facts;
  }

  const std::vector<std::string>& laws_for(const Subject& subject, Channel channel) {
    const auto key = std::tuple(subject.country, subject.citizenship, channel);
    const auto [entry, fresh] = laws_.try_emplace(key);
    if (fresh) {
      const Applicability who{tenant_.country, tenant_.targets,     subject.country,
                              subject.region,  subject.citizenship, channel};
      entry->second = applicable(policies_, who, today_);
    }
    return entry->second;
  }

  const PolicySet& policies_;
  const Operator& tenant_;
  const PermitInputs& inputs_;
  const Date today_;
  std::map<std::tuple<Country, Country, Channel>, std::vector<std::string>> laws_;
};

void write(Tx& tx, const std::vector<ProfileId>& profiles, const std::vector<PermitRow>& rows,
           const Hash32& policy) {
  std::vector<ProfileId> of;
  std::vector<std::int16_t> purposes, channels, verdicts, reasons;
  std::vector<Tag16> contacts;
  std::vector<RecordId> records;
  std::vector<std::string> laws;
  std::vector<std::optional<Date>> until;
  std::vector<Hash32> facts;
  for (const PermitRow& row : rows) {
    of.push_back(row.profile);
    purposes.push_back(static_cast<std::int16_t>(row.purpose));
    channels.push_back(static_cast<std::int16_t>(row.channel));
    contacts.push_back(row.contact);
    records.push_back(row.record);
    verdicts.push_back(row.permitted ? 1 : 0);
    reasons.push_back(static_cast<std::int16_t>(row.reason));
    laws.push_back(row.laws);
    until.push_back(row.until);
    facts.push_back(row.facts);
  }
  tx.post(kReplace, {Param::array(profiles), Param::array(of), Param::array(purposes),
                     Param::array(channels), Param::array(contacts), Param::array(records),
                     Param::array(verdicts), Param::array(reasons), Param::array(laws),
                     Param::array(until), Param::array(facts), policy});
}

auto key_of(const PermitRow& row) {
  return std::tie(row.profile, row.purpose, row.channel, row.contact, row.record);
}

PermitRow read_permit(const Rows::Row& row) {
  PermitRow permit;
  permit.profile = row.id<ProfileId>(0);
  permit.purpose = static_cast<Purpose>(row.integer(1));
  permit.channel = static_cast<Channel>(row.integer(2));
  permit.contact = row.tag(3);
  permit.record = row.id<RecordId>(4);
  permit.permitted = row.flag(5);
  permit.reason = static_cast<Reason>(row.integer(6));
  permit.laws = row.text(7);
  permit.until = row.optional(8, &Rows::Row::date);
  permit.facts = row.hash(9);
  permit.policy = row.hash(10);
  return permit;
}

std::vector<ProfileId> ids_of(std::span<const PersonFacts> people) {
  std::vector<ProfileId> ids;
  for (const PersonFacts& person : people) ids.push_back(person.profile);
  return ids;
}

}  // namespace

bool operator<(const PermitRow& a, const PermitRow& b) {
  return key_of(a) < key_of(b);
}

Result<Operator> load_operator(Tx& tx, Country database) {
  const Rows rows = tx.query(kTenant, {tx.tenant()});
  if (rows.empty()) return Error{ErrorCode::kNotFound, "no such tenant"};
  Operator found;
  found.country = Country::parse(rows[0].text(0)).value_or(Country{});
  found.database = database;
  const std::string targets = rows[0].text(1);
  for (std::size_t at = 0; at + 2 <= targets.size(); at += 3) {
    if (auto country = Country::parse(std::string_view(targets).substr(at, 2))) {
      found.targets.push_back(*country);
    }
  }
  return found;
}

PermitDeriver::PermitDeriver(const PolicySet& policies, Operator tenant)
    : policies_(policies), tenant_(std::move(tenant)) {}

Result<std::vector<ExplainedPermit>> PermitDeriver::explain(
    Tx& tx, std::span<const PersonFacts> people) const {
  if (people.size() > kPeopleMax) return Error{ErrorCode::kTooLarge, "too many profiles at once"};
  const PermitInputs inputs = PermitInputs::load(tx, people);
  Derivation derivation(policies_, tenant_, inputs, utc_date(tx.now()));
  for (const PersonFacts& person : people) derivation.add(person);
  std::sort(derivation.rows.begin(), derivation.rows.end(),
            [](const ExplainedPermit& a, const ExplainedPermit& b) { return a.row < b.row; });
  return std::move(derivation.rows);
}

Result<std::vector<PermitRow>> PermitDeriver::derive(Tx& tx,
                                                     std::span<const PersonFacts> people) const {
  auto explained = explain(tx, people);
  if (!explained.ok()) return explained.error();
  std::vector<PermitRow> rows;
  rows.reserve(explained->size());
  for (ExplainedPermit& permit : *explained) rows.push_back(std::move(permit.row));
  return rows;
}

Status PermitDeriver::rebuild(Tx& tx, std::span<const PersonFacts> people) const {
  if (people.empty()) return Unit{};
  auto rows = derive(tx, people);
  if (!rows.ok()) return rows.error();
  write(tx, ids_of(people), *rows, policies_.hash());
  return Unit{};
}

std::vector<PermitRow> PermitDeriver::stored(Tx& tx, std::span<const ProfileId> profiles) {
  const std::vector<ProfileId> ids(profiles.begin(), profiles.end());
  std::vector<PermitRow> permits;
  const Rows rows = tx.query(kStored, {tx.tenant(), Param::array(ids)});
  for (const auto& row : rows) permits.push_back(read_permit(row));
  std::sort(permits.begin(), permits.end());
  return permits;
}

}  // namespace assent
