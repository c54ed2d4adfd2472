#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/plaintext.h"
#include "destroyed_keys.h"
#include "rights/retention.h"

namespace assent {

// Somebody outside who had got the person's data by a release (GDPR art. 19).
struct ToldRecipient {
  std::string name;  // Of the registry: ours.
  Uuid release;
  Timestamp delivered_at;
};

// What the rows of the person were, counted before they went.
struct ErasedCounts {
  std::int64_t versions = 0;
  std::int64_t identifiers = 0;
  std::int64_t purchases = 0;
  std::int64_t rejected = 0;
  std::int64_t organisations = 0;
  std::int64_t statements = 0;
};

// All that a certificate says, before the log's proof is added. Names the person by random numbers
// only; the request file alone leads from them to a name.
struct ErasureAct {
  RequestId request;
  std::string operator_name;
  std::string operator_country;
  std::string log_origin;  // Names the system.
  Timestamp received_at;
  Timestamp destroyed_at;
  std::vector<RecordId> records;
  std::vector<std::string> categories;  // Names of policies/fields.yaml, and of ours.
  ErasedCounts rows;
  SafeFindings safe;
  std::vector<ToldRecipient> recipients;
  EventId key_destroyed;  // Its leaf.
  Hash32 salt{};
};

// What the leaf KEY_DESTROYED commits to besides the keys: the salted hash of all that the
// certificate says but `log`. It needs no act.key_destroyed, so it goes into that very leaf.
Hash32 certificate_hash(const ErasureAct& act, const RetentionPolicy& retention);

// The certificate as JSON (docs/erasure.md has every key), without its proof.
Plaintext draft_certificate(const ErasureAct& act, const RetentionPolicy& retention);

struct CertificateDraft {
  EventId key_destroyed;
  Hash32 salt{};
};
// kCorrupt: not a draft of ours.
Result<CertificateDraft> read_draft(const Plaintext& draft);
// The draft with the entry and its receipt. kCorrupt as read_draft().
Result<Plaintext> finish_certificate(const Plaintext& draft, ByteView leaf,
                                     const std::string& tlog_proof);

}  // namespace assent
