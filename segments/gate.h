#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/db.h"
#include "segment_filter.h"
#include "segments/funnel.h"
#include "segments/recipient_check.h"

namespace assent {

// What the gate is asked about. Private.
struct GateQuestion {
  std::int16_t purpose = 0;
  std::int16_t channel = 0;
  Hash32 policies{};  // In force: a permit under any other is none.
  Date today;
};

// One profile and the one contact point that is used: of those that are permitted that of the
// record changed last, then by the order of tags.
struct GateMember {
  ProfileId profile;
  RecordId record;
  Tag16 contact{};
  Hash32 facts{};
};
struct GateAnswer {
  std::vector<GateMember> permitted;
  ReasonCounts denied;  // By the reason of highest precedence over a profile's contact points.
};

// A fixed number of statements. They see one state if the transaction is REPEATABLE READ.
GateAnswer gate_segment(Tx& tx, const GateQuestion& question, const SegmentFilter& filter,
                        const RecipientCheck& recipient);

// The same question now, about members that were permitted before: the reason against each, in
// their order.
std::vector<std::optional<Reason>> gate_members(Tx& tx, const GateQuestion& question,
                                                std::span<const GateMember> members,
                                                const RecipientCheck& recipient);

}  // namespace assent
