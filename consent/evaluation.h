#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "consent/facts.h"
#include "policy_rules.h"

// One policy applied to one set of facts. Private to the engine.
namespace assent {

struct RuleFinding {
  Reason reason = Reason::kOk;
  std::string_view cite;  // Points into the policy set.
};

// What has been found so far, over all policies.
struct Findings {
  std::vector<RuleFinding> denials;
  std::string_view permit_cite;  // Of the rule a permit would rest on.
  std::optional<Date> until;

  void deny(Reason reason, std::string_view cite) { denials.push_back({reason, cite}); }
  // The answer may differ from `day` on; ignored unless `day` lies after `as_of`.
  void changes_on(Date day, Date as_of) {
    if (day > as_of && (!until || day < *until)) until = day;
  }
};

struct Evaluation {
  const CompiledPolicies& set;
  const Policy& policy;
  const Facts& facts;
  Country member;  // The member state whose national rules count; may be unknown.
  Findings& found;
  bool relies_on_consent = false;  // A valid consent was needed and found.

  void deny(Reason reason, std::string_view cite) { found.deny(reason, cite); }
  bool marketing() const { return facts.purpose == Purpose::kDirectMarketing; }
};

Date day_after(Date date);

// check_consent.cc -------------------------------------------------------------------------------

struct ConsentQuery {
  ConsentKey key;
  Purpose purpose;
  Channel channel = Channel::kUnknown;
  std::string_view recipient = {};
};

enum class ConsentAnswer { kAbsent, kWrongPurpose, kSaidNo, kFlawed, kValid };
struct Judgement {
  ConsentAnswer answer = ConsentAnswer::kAbsent;
  const Consent* record = nullptr;  // The one that governs, if any.
};

// The latest record of the query's key, purpose, channel and recipient governs; of one instant's
// records the one that permits least.
Judgement judge(const Evaluation& e, const ConsentQuery& query);
// Denies unless the consent is valid; `if_absent` is the reason when there is none at all.
bool require_consent(Evaluation& e, const ConsentQuery& query, Reason if_absent,
                     std::string_view cite);
// Denies for each flaw of a record that exists but does not permit.
void deny_flaws(Evaluation& e, const Judgement& judged, std::string_view cite);

ConsentQuery processing_query(const Facts& facts);
ConsentQuery channel_query(const Facts& facts);
ConsentQuery disclosure_query(const Facts& facts);

// The checks, each of one block of the policy. The order does not matter, but for check_age, which
// wants to know whether a consent was relied on.
void check_person(Evaluation& e);     // check_person.cc: flags, special categories
void check_age(Evaluation& e);        // check_person.cc
void check_marketing(Evaluation& e);  // check_marketing.cc: basis, channel, message
void check_other_purpose(Evaluation& e);
void check_recipient(
    Evaluation& e);  // check_recipient.cc: localisation, contracts, transfers, sale
// True when a later valid consent for `channel` lifts a denial of `since`.
bool lifted(const Evaluation& e, Channel channel, std::optional<Moment> since);

}  // namespace assent
