#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "audit/event.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/result.h"

namespace assent {

// A writer and the last number that it has committed.
struct LastNumber {
  std::uint32_t writer = 0;
  std::uint64_t last_seq = 0;
  friend bool operator==(const LastNumber&, const LastNumber&) = default;
};

// Extension of kWriterOpened: the dead writer that this one replaces.
struct ReplacedWriter : LastNumber {};

// Extension of kHeartbeat: writers of the process, one to kMax of them.
struct NamedWriters {
  static constexpr std::size_t kMax = 5;
  std::vector<LastNumber> writers;
  friend bool operator==(const NamedWriters&, const NamedWriters&) = default;
};

// Extension of kKekEpochBurned: what became of the keys wrapped under the epoch.
struct BurnCounts {
  std::uint64_t epoch = 0;
  std::uint64_t rewrapped = 0;
  std::uint64_t destroyed = 0;
  std::uint64_t left = 0;  // Still wrapped under the epoch; anything but 0 needs an explanation.
  friend bool operator==(const BurnCounts&, const BurnCounts&) = default;
};

// Extension of kLogRetentionAnnounced, which always has one.
struct RetentionTerms {
  std::uint32_t days = 0;         // An entry is kept for as long as this.
  std::uint32_t notice_days = 0;  // So long these terms stand in the log before a prune by them.
  friend bool operator==(const RetentionTerms&, const RetentionTerms&) = default;
};

// Extension of kLogPruned, which always has one. The leaf's record hash is the root of the tree of
// `size` entries, which still holds those that went.
struct PrunedRange {
  std::uint64_t minimum = 0;    // Entries before it are no longer kept.
  std::uint64_t size = 0;       // Of the tree that was signed when this was said.
  std::uint64_t announced = 0;  // The entry that announced the terms.
  Timestamp newest;             // Of the entries that are no longer kept.
  friend bool operator==(const PrunedRange&, const PrunedRange&) = default;
};

// Extension of kLogRecovered, which always has one: the entries from `database_size` on were lost
// by the database and put back from the published files.
struct RecoveredLog {
  std::uint64_t database_size = 0;
  std::uint64_t recovered_size = 0;
  friend bool operator==(const RecoveredLog&, const RecoveredLog&) = default;
};

// Extension of kFork, which always has one: the log goes on from the `kept_size` entries that the
// database has, though its old origin was signed up to `old_size` with `old_root`.
struct ForkedLog {
  std::uint64_t kept_size = 0;
  std::uint64_t old_size = 0;
  Hash32 old_root{};
  friend bool operator==(const ForkedLog&, const ForkedLog&) = default;
};

using LeafExt = std::variant<std::monostate, ReplacedWriter, BurnCounts, NamedWriters, RecoveredLog,
                             ForkedLog, RetentionTerms, PrunedRange>;

// One act, as the log keeps it for ever. Built of enumerations, random references, numbers and
// hashes only, so that it cannot hold personal data. The encoded bytes are the truth: they are
// stored, hashed and exported, and never made again from this struct for verification.
struct Leaf {
  AuditEvent event = AuditEvent::kWriterOpened;
  TenantId tenant;
  EventId id;
  Timestamp time;
  ActorKind actor_kind = ActorKind::kSystem;
  ActorRef actor;
  ActorRef on_behalf_of;  // Nil when the actor acts for itself.
  PurposeCode purpose = PurposeCode::kNone;
  LegalBasis basis = LegalBasis::kNone;
  SubjectRef subject;  // Nil when the act concerns no single record.
  ObjectKind object_kind = ObjectKind::kNone;
  Uuid object;
  Outcome outcome = Outcome::kDone;
  std::uint64_t field_mask = 0;    // Bit n: field_id n of policies/fields.yaml.
  std::uint32_t result_count = 0;  // Rows read, written or refused.
  std::uint32_t writer = 0;
  std::uint64_t writer_seq = 0;
  Hash32 detail_hash{};  // detail_hash() of what is kept sealed, or zero.
  Hash32 record_hash{};  // SHA-256 of the new field record, root of a batch, or zero.
  RequestId request;
  LeafExt ext;
  friend bool operator==(const Leaf&, const Leaf&) = default;
};

inline constexpr std::size_t kLeafFixedBytes = 225;
inline constexpr std::size_t kLeafExtBytesMax = 64;
inline constexpr std::size_t kLeafBytesMax = kLeafFixedBytes + kLeafExtBytesMax;

// docs/audit-format.md has the layout. Throws std::invalid_argument when `ext` does not belong to
// the event, or the time lies before 1970.
Bytes encode(const Leaf& leaf);

// kCorrupt   not exactly the bytes encode() makes: wrong magic, length, extension, or a number
//            this version does not know.
Result<Leaf> decode(ByteView bytes);

// The commitment to a detail that is kept sealed and may be erased. `salt` is 32 fresh random
// bytes for each detail; without them a short detail could be guessed from its hash.
Hash32 detail_hash(const Hash32& salt, ByteView payload);

}  // namespace assent
