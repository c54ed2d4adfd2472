#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "consent/reason.h"
#include "consent/vocabulary.h"
#include "core/db.h"

namespace assent {

class PolicySet;

// By what a record can be reached. `kind` is the index id of policies/fields.yaml.
struct ContactPoint {
  RecordId record;
  std::uint16_t kind = 0;
  Tag16 tag{};
  bool verified = false;
  // Records outside the profile that hold the tag: what they deny binds it too.
  std::vector<RecordId> other_holders = {};
};
inline constexpr std::uint16_t kPhoneIndex = 1;
inline constexpr std::uint16_t kEmailIndex = 2;

// What one live record says of its person. Unknown is empty.
struct RecordSays {
  RecordId record;
  std::optional<std::string> country = {};  // ISO 3166-1 alpha-2.
  std::optional<int> age = {};              // The youngest that it can be.
};

// A profile, as identity resolution sees it. A profile that has ended, or lost its contact points,
// is handed in without any: its permits go.
struct PersonFacts {
  ProfileId profile;
  std::vector<RecordId> records;
  std::vector<RecordSays> says;
  std::optional<std::string> citizenship;
  bool legal_person = false;
  std::vector<ContactPoint> contacts;
};

// The tenant as policies see it.
struct Operator {
  Country country;
  std::vector<Country> targets;
  Country database;  // Where the clusters stand; of the configuration.
};
// kNotFound for an unknown tenant.
Result<Operator> load_operator(Tx& tx, Country database);

// One row of `permit`: may the purpose use this contact point of this record? An answer of another
// policy hash, or from `until` on, is no permission.
struct PermitRow {
  ProfileId profile;
  Purpose purpose = Purpose::kDirectMarketing;
  Channel channel = Channel::kUnknown;
  Tag16 contact{};
  RecordId record;
  bool permitted = false;
  Reason reason = Reason::kNoPolicy;
  std::string laws;  // Ids of the policies that took part, joined by ','.
  std::optional<Date> until;
  Hash32 facts{};  // facts_hash() with as_of left out (1970-01-01): the same on every day.
  Hash32 policy{};
  friend bool operator==(const PermitRow&, const PermitRow&) = default;
  friend bool operator<(const PermitRow& a, const PermitRow& b);  // By the table's key.
};

// A row with what is told about it and not stored.
struct ExplainedPermit {
  PermitRow row;
  std::string citation;  // Of the rule that gave the reason; empty for kNoPolicy.
};

// Derives permits from the ledger, the flags, the suppressions and the policies: for each contact
// point of a profile, e-mail for e-mails, SMS and live calls for phones, for direct marketing to
// one's own customers by a proper message (fold.h, engine.h). The laws are those of the record that
// holds the contact point: of its own country, of every targeted one when it has none. What other
// records of the profile say can only add: another country, the laws of the unknown; a lower age,
// that age. Deterministic: the same ledger on the same day gives the same rows. Immutable,
// thread-safe; asks the database in a fixed number of queries a call.
class PermitDeriver {
 public:
  static constexpr std::size_t kPeopleMax = 10'000;  // A call.

  // `policies` must outlive the deriver.
  PermitDeriver(const PolicySet& policies, Operator tenant);

  // Replaces the permits of these profiles, in the transaction of whatever changed them.
  // kTooLarge  more than kPeopleMax.
  Status rebuild(Tx& tx, std::span<const PersonFacts> people) const;
  // The rows that rebuild() would write, sorted.
  Result<std::vector<PermitRow>> derive(Tx& tx, std::span<const PersonFacts> people) const;
  // The same rows, each with its citation.
  Result<std::vector<ExplainedPermit>> explain(Tx& tx, std::span<const PersonFacts> people) const;
  // The rows that are stored, sorted.
  static std::vector<PermitRow> stored(Tx& tx, std::span<const ProfileId> profiles);

  const Operator& tenant() const { return tenant_; }

 private:
  const PolicySet& policies_;
  Operator tenant_;
};

// The next profiles after one in order of their ids; fewer than `limit` end the run.
using PeopleSource = std::function<Result<std::vector<PersonFacts>>(
    Tx& tx, std::optional<ProfileId> after, std::size_t limit)>;

struct RebuildReport {
  std::size_t profiles = 0;
  std::size_t changed = 0;        // Whose stored rows were not what they ought to be.
  std::optional<ProfileId> last;  // Go on after it.
};
// The nightly check, and what a new policy asks for: every profile of the tenant, each batch in a
// transaction of its own. A run that broke off goes on with `after` = the last report's `last`;
// repeating a batch does no harm. `on_batch` sees the report grow.
Result<RebuildReport> rebuild_all(Database& data, TenantId tenant, const PermitDeriver& deriver,
                                  const PeopleSource& people, std::optional<ProfileId> after = {},
                                  const std::function<void(const RebuildReport&)>& on_batch = {});

}  // namespace assent
