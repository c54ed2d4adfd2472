#include <algorithm>
#include <functional>
#include <set>

#include "tests/consent/policies.h"

namespace assent {
namespace {

using Change = std::function<void(Facts&)>;

// One change for each field there is.
const std::vector<Change>& changes() {
  static const std::vector<Change> kChanges = {
      [](Facts& f) { f.jurisdictions.emplace_back("RU"); },
      [](Facts& f) { f.as_of = day("2026-11-22"); },
      [](Facts& f) { f.subject.country = country("FR"); },
      [](Facts& f) { f.subject.region = std::string("CA"); },
      [](Facts& f) { f.subject.citizenship = {}; },
      [](Facts& f) { f.subject.age = 35; },
      [](Facts& f) { f.subject.age.reset(); },
      [](Facts& f) { f.subject.age_changes_on = day("2027-01-01"); },
      [](Facts& f) { f.subject.parental_consent = true; },
      [](Facts& f) { f.subject.legal_person = true; },
      [](Facts& f) { f.subject.special_category = true; },
      [](Facts& f) { f.subject.special_category.reset(); },
      [](Facts& f) { f.subject.child_directed = true; },
      [](Facts& f) { f.subject.child_directed.reset(); },
      [](Facts& f) { f.purpose = Purpose::kService; },
      [](Facts& f) { f.channel = Channel::kSms; },
      [](Facts& f) { f.platform = std::string("max"); },
      [](Facts& f) { f.basis = Basis::kNone; },
      [](Facts& f) { f.consents.pop_back(); },
      [](Facts& f) { f.consents[0].key = ConsentKey::kExplicit; },
      [](Facts& f) { f.consents[0].purpose = Purpose::kService; },
      [](Facts& f) { f.consents[0].channel = Channel::kSms; },
      [](Facts& f) { f.consents[0].recipient = std::string("esp"); },
      [](Facts& f) { f.consents[0].state = ConsentState::kWithdrawn; },
      [](Facts& f) { f.consents[0].given_at = day("2026-01-11"); },
      [](Facts& f) { f.consents[0].given_at = Timestamp{midnight_utc(day("2026-01-10")).us + 1}; },
      [](Facts& f) { f.consents[0].given_at.reset(); },
      [](Facts& f) { f.consents[0].expires_at = day("2027-01-11"); },
      [](Facts& f) { f.consents[0].separate = false; },
      [](Facts& f) { f.consents[0].evidence = false; },
      [](Facts& f) { f.consents[0].evidence.reset(); },
      [](Facts& f) { f.consents[0].conditional = true; },
      [](Facts& f) { f.consents[0].pre_ticked = true; },
      [](Facts& f) { f.consents[0].bundled = true; },
      [](Facts& f) { f.consents[0].lifts_suppression = true; },
      [](Facts& f) { f.soft.set(SoftCondition::kOwnSimilar); },
      [](Facts& f) { f.flags.erased = true; },
      [](Facts& f) { f.flags.legal_hold_only = true; },
      [](Facts& f) { f.flags.restriction = std::string("x"); },
      [](Facts& f) { f.flags.termination_demand = true; },
      [](Facts& f) { f.flags.objection_dm = Denial{}; },
      [](Facts& f) { f.flags.objection_dm = Denial{day("2026-11-01")}; },
      [](Facts& f) {
        f.flags.objection_dm = Denial{Timestamp{midnight_utc(day("2026-11-01")).us + 1}};
      },
      [](Facts& f) { f.flags.objection_pending = true; },
      [](Facts& f) { f.flags.optout_sale = true; },
      [](Facts& f) { f.flags.gpc = true; },
      [](Facts& f) { f.flags.limit_sensitive = true; },
      [](Facts& f) { f.flags.retention_expired = true; },
      [](Facts& f) { f.flags.notice_missing = true; },
      [](Facts& f) { f.flags.unrecognised = true; },
      [](Facts& f) {
        f.suppressions.push_back({Channel::kEmail, std::nullopt});
      },
      [](Facts& f) {
        f.suppressions.push_back({Channel::kEmail, day("2026-05-01")});
      },
      [](Facts& f) { f.dnc_national = true; },
      [](Facts& f) { f.dnc_national.reset(); },
      [](Facts& f) { f.established_relationship = true; },
      [](Facts& f) { f.recipient.role = RecipientRole::kProcessor; },
      [](Facts& f) { f.recipient.id = std::string("esp"); },
      [](Facts& f) { f.recipient.country = country("US"); },
      [](Facts& f) { f.recipient.contracts.emplace_back("written"); },
      [](Facts& f) { f.recipient.transfer_tool = std::string("scc"); },
      [](Facts& f) { f.recipient.transfer_assessed = true; },
      [](Facts& f) { f.recipient.framework_certified = true; },
      [](Facts& f) { f.recipient.notice = TransferNotice::kBanned; },
      [](Facts& f) { f.db_country = {}; },
      [](Facts& f) { f.message.sender_identified = false; },
      [](Facts& f) { f.message.unsubscribe.reset(); },
      [](Facts& f) { f.message.postal_address = false; },
      [](Facts& f) { f.message.honest = false; },
      [](Facts& f) { f.message.local_minutes = 0; },
  };
  return kChanges;
}

TEST(FactsTest, AChangeOfAnyFieldChangesTheHash) {
  std::set<Hash32> seen = {facts_hash(permitted_email())};
  for (std::size_t i = 0; i < changes().size(); ++i) {
    Facts changed = permitted_email();
    changes()[i](changed);
    EXPECT_TRUE(seen.insert(facts_hash(changed)).second) << "change " << i;
  }
}

TEST(FactsTest, TheOrderOfListsDoesNotChangeTheHash) {
  Facts one = permitted_email();
  one.jurisdictions = {"EU-DE", "RU"};
  one.suppressions = {{Channel::kSms, std::nullopt}, {Channel::kPost, std::nullopt}};
  Facts other = one;
  std::ranges::reverse(other.jurisdictions);
  std::ranges::reverse(other.consents);
  std::ranges::reverse(other.suppressions);
  EXPECT_EQ(facts_hash(one), facts_hash(other));
}

// The bytes an auditor hashes again years later.
TEST(FactsTest, TheHashOfKnownFactsNeverChanges) {
  EXPECT_EQ(to_hex(facts_hash(permitted_email())),
            "d181135248c3936c4b7092970859e1e7265ee959aa05d8480d388e72d1bd83e0");
}

TEST(FactsTest, TextIsBoundedByTheFormat) {
  Facts facts = permitted_email();
  facts.platform = std::string(65'536, 'x');
  EXPECT_THROW(encode(facts), std::length_error);
}

TEST(FactsTest, TextsDoNotRunIntoEachOther) {
  Facts one = permitted_email();
  one.recipient.contracts = {"ab", "c"};
  Facts other = permitted_email();
  other.recipient.contracts = {"a", "bc"};
  EXPECT_NE(facts_hash(one), facts_hash(other));
}

TEST(FactsTest, ACountryIsTwoUpperCaseLetters) {
  EXPECT_TRUE(Country::parse("NO"));
  for (const char* wrong : {"", "N", "no", "NOR", "N1", "\xd0\xa0"}) {
    EXPECT_FALSE(Country::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace assent
