#pragma once

#include <span>
#include <vector>

#include "consent/consent_event.h"
#include "consent/facts.h"
#include "consent/flag.h"
#include "consent/notice.h"
#include "consent/suppression.h"

// The one rule for many records (decisions.md 13), as a pure function: what the ledger, the flags
// and the suppressions say about one contact point, for one purpose and channel.
//
// (a) What is given counts from one record alone: the one that holds the contact point. Denials
//     count from every record of the profile, and from every other record that holds the contact
//     point; by effective_at, ties to the denial; the latest of the holder's own words governs.
// (b) An objection, restriction, termination or erasure of any record binds the profile. A denial
// of
//     a channel binds it for the profile, whatever contact point it names.
// (c) What another record denied is lifted by that record's own later, proven consent, or by a
// later
//     consent of the verified holder of this contact point for this purpose and channel. An
//     objection and a suppression are lifted in the second way only, by the engine.
// (d) Absent is no; a request that nobody confirmed says nothing against an earlier word.
// (e) So a merge, which adds records, can only restrict.
namespace assent {

struct StandingFlag {
  RecordFlag flag = RecordFlag::kRestriction;
  Timestamp since;
};

struct FoldQuestion {
  PurposeCode purpose = PurposeCode::kDirectMarketing;
  Channel channel = Channel::kUnknown;
  RecordId holder;  // Whose contact point it is; one of `own`.
  Tag16 contact{};
};

// What is known. The spans must outlive the call; their order does not matter, but `own` and
// `other_holders` are sorted.
struct FoldStory {
  std::span<const RecordId> own;            // The profile's records.
  std::span<const RecordId> other_holders;  // Other records that hold the contact point.
  std::span<const ConsentEvent* const> events;
  std::span<const StandingFlag> flags;              // Of own records.
  std::span<const Suppressions::Entry> suppressed;  // Of the contact point.
  bool erased = false;  // A record of the profile is erased or being erased.
  const NoticeIndex& notices;
};

struct Folded {
  std::vector<Consent> consents;
  Flags flags;
  std::vector<Suppression> suppressions;
  friend bool operator==(const Folded&, const Folded&) = default;
};

Folded fold(const FoldQuestion& question, const FoldStory& story);

}  // namespace assent
