#include "gate.h"

namespace assent {
namespace {

constexpr StaticText kLaws = R"sql(
  SELECT DISTINCT laws FROM permit
   WHERE tenant = $1 AND purpose_id = $2 AND channel = $3
     AND (cardinality($4::uuid[]) = 0 OR profile_id = ANY ($4))
)sql";

// Whole tables are joined: a nested loop can only be the mistake of a planner without statistics.
constexpr StaticText kJoinSets = "SET LOCAL enable_nestloop = off";

// One row a profile of the segment.
constexpr StaticText kSegment = R"sql(
  SELECT DISTINCT ON (s.profile_id) s.profile_id, g.record_id, g.contact_tag, g.facts_hash,
         CASE WHEN g.profile_id IS NULL THEN 480 ELSE least(g.reason, l.reason) END::int2 AS reason
    FROM segment_profiles($1, $2) s
    LEFT JOIN gate_rows($3, $4, $5, $6, NULL) g ON g.profile_id = s.profile_id
    LEFT JOIN unnest($7::text[], $8::int2[]) AS l (laws, reason) ON l.laws = g.laws
   ORDER BY s.profile_id, reason NULLS FIRST, g.newest DESC, g.contact_tag, g.record_id
)sql";

constexpr StaticText kMembers = R"sql(
  SELECT u.n, CASE WHEN g.profile_id IS NULL THEN 480 ELSE least(g.reason, l.reason) END::int2
    FROM unnest($5::uuid[], $6::uuid[], $7::bytea[]) WITH ORDINALITY
           AS u (profile_id, record_id, contact_tag, n)
    LEFT JOIN gate_rows($1, $2, $3, $4, $5) g
      ON g.profile_id = u.profile_id AND g.record_id = u.record_id
     AND g.contact_tag = u.contact_tag
    LEFT JOIN unnest($8::text[], $9::int2[]) AS l (laws, reason) ON l.laws = g.laws
   ORDER BY u.n
)sql";

// What the recipient's side says under each set of laws that occurs.
struct LawReasons {
  std::vector<std::string> laws;
  std::vector<std::int16_t> reasons;

  // Of the permits of `profiles`; of all when there are none.
  LawReasons(Tx& tx, const GateQuestion& question, const std::vector<ProfileId>& profiles,
             const RecipientCheck& recipient) {
    const Rows rows =
        tx.query(kLaws, {tx.tenant(), question.purpose, question.channel, Param::array(profiles)});
    for (const auto& row : rows) {
      const std::string under = row.text(0);
      const auto objection = recipient.against(under);
      if (!objection) continue;
      laws.push_back(under);
      reasons.push_back(static_cast<std::int16_t>(objection->reason));
    }
  }
};

std::optional<Reason> reason_of(const Rows::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  // A number that this version does not know is no permission.
  return reason_from_number(static_cast<std::int16_t>(row.integer(column)))
      .value_or(Reason::kNoPolicy);
}

}  // namespace

GateAnswer gate_segment(Tx& tx, const GateQuestion& question, const SegmentFilter& filter,
                        const RecipientCheck& recipient) {
  const LawReasons law(tx, question, {}, recipient);
  tx.post(kJoinSets, {});
  const Rows rows = tx.query(kSegment, {filter.label, filter.last_order_before, question.purpose,
                                        question.channel, question.policies, question.today,
                                        Param::array(law.laws), Param::array(law.reasons)});
  GateAnswer answer;
  for (const auto& row : rows) {
    if (const auto reason = reason_of(row, 4)) {
      ++answer.denied[*reason];
    } else {
      answer.permitted.push_back(
          {row.id<ProfileId>(0), row.id<RecordId>(1), row.tag(2), row.hash(3)});
    }
  }
  return answer;
}

std::vector<std::optional<Reason>> gate_members(Tx& tx, const GateQuestion& question,
                                                std::span<const GateMember> members,
                                                const RecipientCheck& recipient) {
  std::vector<ProfileId> profiles;
  std::vector<RecordId> records;
  std::vector<Tag16> contacts;
  for (const GateMember& member : members) {
    profiles.push_back(member.profile);
    records.push_back(member.record);
    contacts.push_back(member.contact);
  }
  const LawReasons law(tx, question, profiles, recipient);
  const Rows rows =
      tx.query(kMembers, {question.purpose, question.channel, question.policies, question.today,
                          Param::array(profiles), Param::array(records), Param::array(contacts),
                          Param::array(law.laws), Param::array(law.reasons)});
  std::vector<std::optional<Reason>> reasons;
  for (const auto& row : rows) reasons.push_back(reason_of(row, 1));
  return reasons;
}

}  // namespace assent
