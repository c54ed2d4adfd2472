#pragma once

#include <vector>

#include "audit/journal.h"
#include "identity/resolver.h"

namespace assent {

struct UnmergeOutcome {
  ProfileId profile;  // The record's profile from now on.
  std::size_t links_retracted = 0;
  std::vector<RecordId> changed;  // All records whose profile's permits must be made again.
  std::vector<ProfileId> left;
};

// Takes `record` out of its profile: its links are retracted, it is declared another person than
// every record of that profile (which no later link overrides), and the rest is divided again. One
// leaf PROFILE_UNMERGED; the change feed tells followers. The caller refreshes permits for what
// `changed` and `left` name (refresh_permits), in the same transaction.
// kNotFound  no such live record.
// kConflict  the record is alone in its profile.
Result<UnmergeOutcome> unmerge(Tx& tx, const Act& act, Journal& journal, Resolver& resolver,
                               RecordId record);

// Why two records are held to be one person: the kinds of the values they share, never the values.
struct LinkEvidence {
  std::uint16_t kind = 0;  // An index id of policies/fields.yaml.
  Timestamp since;
  std::optional<Timestamp> retracted_at;
  std::optional<RetractReason> reason;
};
std::vector<LinkEvidence> explain(Tx& tx, RecordId a, RecordId b);

}  // namespace assent
