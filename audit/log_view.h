#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/journal.h"
#include "audit/leaf.h"

// The log for people: entries looked up by what they say. A view and no evidence: what it leaves
// out or shows wrongly, nothing tells; evidence is the bundle. Reading is an act with an entry of
// its own (AUDIT_READ: how many entries, never what was looked for).
namespace assent {

// What an entry must say; what is absent is not asked.
struct EntryFilter {
  std::optional<Timestamp> from = std::nullopt;   // Its time, from here on
  std::optional<Timestamp> until = std::nullopt;  // and before here.
  std::optional<ActorRef> actor = std::nullopt;
  std::optional<ActorRef> on_behalf_of = std::nullopt;
  std::optional<AuditEvent> event = std::nullopt;
  std::optional<PurposeCode> purpose = std::nullopt;
  std::optional<ObjectKind> object_kind = std::nullopt;
  std::optional<Uuid> object = std::nullopt;
  std::optional<Outcome> outcome = std::nullopt;
  std::optional<SubjectRef> subject = std::nullopt;
};

// A place between two entries, in the order of time and number. Opaque to whoever pages.
struct EntryCursor {
  std::int64_t time_us = -1;
  std::int64_t index = -1;
  std::string text() const;
  static std::optional<EntryCursor> parse(std::string_view text);
};

struct ViewedEntry {
  std::uint64_t index = 0;
  Leaf leaf;
};
struct EntryPage {
  std::vector<ViewedEntry> entries;
  // Where to go on; nullopt at the end. A page may be shorter than asked for, even empty, and yet
  // have a next one: no request looks at more than kLookedAtMax entries.
  std::optional<EntryCursor> next;
  EventId leaf = {};  // AUDIT_READ, of this very reading.
  // The first entry that the log still keeps, and its time, when older ones were pruned.
  std::optional<EntryCursor> begins = std::nullopt;
};

inline constexpr std::size_t kEntryPageMax = 1000;
inline constexpr std::size_t kLookedAtMax = 50'000;

// The numbered entries of the transaction's tenant that fit, oldest first, from after `after`, at
// most `limit` (1 to kEntryPageMax). An entry that cannot be decoded is passed over.
EntryPage view_entries(Tx& tx, Journal& journal, const Act& act, const EntryFilter& filter,
                       const EntryCursor& after, std::size_t limit);

// What the log tells of one record: entries whose subject it is, and those that sealed what is
// stored of it. AUDIT_READ names the record's reference as its subject. kNotFound   no such record,
// or it was erased.
Result<EntryPage> view_trail(Tx& tx, Journal& journal, const Act& act, RecordId record,
                             const EntryCursor& after, std::size_t limit);

}  // namespace assent
