#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "audit/note.h"
#include "consent/permit.h"
#include "consent/policy.h"
#include "core/key_store.h"
#include "segments/funnel.h"
#include "segments/manifest.h"
#include "segments/recipient.h"
#include "segments/segment_catalogue.h"

namespace assent {

// Which people, for what, by what way, to whom, and which of their fields.
struct ReleaseOrder {
  std::string segment;
  Date as_of;
  std::string purpose;
  std::string channel;
  std::string recipient;
  std::vector<std::string> fields;  // Names; no doubles, at least one.
};

struct OpenedRelease {
  ReleaseId id;
  Funnel funnel;
  std::string link;  // The secret of the one-time link; shown once, never stored.
  Timestamp link_ends_at;
  std::string opening;  // The signed manifest, for officers and auditors.
  EventId leaf = {};
};

enum class ReleaseState { kOpen = 0, kStreaming = 1, kDelivered = 2, kAborted = 3 };

struct ReleaseSummary {
  ReleaseId id;
  std::string segment;
  Date as_of;
  std::string purpose;
  std::string channel;
  std::string recipient;
  std::vector<std::string> fields;
  ReleaseState state = ReleaseState::kOpen;
  Timestamp opened_at;
  std::optional<Timestamp> closed_at;
  Funnel funnel;
};
struct ReleaseDetail : ReleaseSummary {
  std::string opening;
  std::optional<std::string> closing;  // Only of a complete delivery.
  Hash32 policies{};                   // In force when it was opened.
  Hash32 reason_salt{};  // Opens the closing manifest's commitment; for officers and auditors.
};

// Opens releases and tells of them. Works inside the caller's transaction; thread-safe. Everything
// given to the constructor must outlive it.
class Releases {
 public:
  static constexpr std::int64_t kLinkMinutes = 15;
  static constexpr std::size_t kMembersMax = 1'000'000;
  static constexpr std::size_t kListMax = 200;

  Releases(const SegmentCatalogue& segments, const PolicySet& policies, Country database,
           KeyStore& keys, Journal& journal, Random& random)
      : segments_(segments),
        policies_(policies),
        database_(database),
        keys_(keys),
        journal_(journal),
        random_(random) {}

  // Computes the traits as of the day, asks the gate about everybody in the segment on one state of
  // the database, and stores who is permitted, with the signed opening manifest, under one
  // RELEASE_OPENED leaf whose record hash is the SHA-256 of the manifest. Must be the first use of
  // `tx`: it makes the transaction REPEATABLE READ. The link works for act.actor only.
  // kInvalid   an unknown segment, purpose, channel or recipient, no field, or one twice; a day
  //            that has not come.
  // kDenied    a field that the policy or the recipient's contract does not allow: the release is
  //            refused whole.
  // kTooLarge  more than kMembersMax permitted.
  Result<OpenedRelease> open(Tx& tx, const Act& act, const ReleaseOrder& order) const;

  // kNotFound  no such release.
  Result<ReleaseDetail> find(Tx& tx, ReleaseId id) const;
  // The entry that ended it, once it has its number; nullopt while it is open.
  static std::optional<EventId> closing_entry(Tx& tx, const ReleaseSummary& release);
  // The newest first, those before `before` when it is given, at most kListMax.
  std::vector<ReleaseSummary> list(Tx& tx, std::optional<ReleaseId> before,
                                   std::size_t limit) const;

  // What an auditor checks manifests with. kNotFound for an unknown tenant.
  Result<VerifierKey> verifier_key(Tx& tx) const;
  // Both manifests and what they commit to, for an auditor to check with assent-verify. Leaves one
  // AUDIT_EXPORTED leaf on the release. kNotFound no such release; kUnavailable `out` is full.
  // Answers that leaf.
  Result<EventId> write_evidence(Tx& tx, const Act& act, ReleaseId id, std::ostream& out) const;

 private:
  const SegmentCatalogue& segments_;
  const PolicySet& policies_;
  Country database_;
  KeyStore& keys_;
  Journal& journal_;
  Random& random_;
};

}  // namespace assent
