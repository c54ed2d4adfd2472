#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/commitments.h"
#include "audit/note.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"
#include "segments/funnel.h"

// The two manifests of a release: what is signed when it is opened, and when it has been delivered.
// JSON in a C2SP signed note; docs/release-format.md has the format. Pure functions, thread-safe.
namespace assent {

// One permitted profile, as the commitments see it.
struct CommittedMember {
  Uuid ref;  // Random; orders the commitment.
  Hash32 facts{};
  bool delivered = false;
};

// The RFC 6962 root over member hashes in the order of the references, and how many they are.
struct Commitment {
  Hash32 root{};
  std::int64_t count = 0;
  friend bool operator==(const Commitment&, const Commitment&) = default;
};
Commitment commit_permitted(ReleaseId release, std::vector<CommittedMember> members,
                            const Hash32& policies);
Commitment commit_delivered(ReleaseId release, std::vector<CommittedMember> members,
                            const Hash32& policies);

// The funnel's reasons as evidence lists them: by stage (1 opening, 2 delivery), then reason.
std::vector<ReasonCount> reason_counts(const Funnel& funnel);
// The salt is for officers and auditors; without it small counts could be guessed.
Hash32 commit_reasons(ReleaseId release, const Hash32& salt, const Funnel& funnel);

struct OpeningManifest {
  ReleaseId release;
  TenantId tenant;
  Timestamp opened_at;
  std::string segment, rule;
  Date as_of;
  Hash32 definition{};  // SHA-256 of policies/segments.yaml.
  std::string purpose, channel, recipient;
  std::vector<std::string> fields;
  Hash32 policies{};
  std::int64_t position = 0;  // Of the change feed.
  Funnel funnel;
  Commitment permitted;
};

struct ClosingManifest {
  ReleaseId release;
  Hash32 opening{};  // SHA-256 of the opening note.
  Timestamp delivered_at;
  std::string purpose, channel, recipient, encoding;
  std::vector<std::string> fields;
  Commitment delivered;
  Hash32 reasons{};
  std::int64_t bytes = 0;
  Hash32 content{};  // SHA-256 of the bytes delivered.
};

// Signed notes under the release key called `name`.
std::string sign_opening(const OpeningManifest& manifest, std::string_view name,
                         const SigningKey& key);
std::string sign_closing(const ClosingManifest& manifest, std::string_view name,
                         const SigningKey& key);

}  // namespace assent
