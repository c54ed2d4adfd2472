#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "audit/journal.h"
#include "consent/consent_event.h"
#include "core/db.h"

namespace assent {

// What a caller states when a person speaks through us (the rest of the event follows from it).
struct Statement {
  RecordId record;
  PurposeCode purpose = PurposeCode::kDirectMarketing;
  std::uint8_t channel = 0;
  std::optional<Tag16> contact;
  Timestamp effective_at;
  std::int16_t source = 0;
  // Not empty: tells a retry from a second statement; see derive_event_id().
  std::string source_event_key;
  ConsentMethod method = ConsentMethod::kApi;
};

enum class Recorded { kNew, kSaidBefore };

struct LedgerRow {
  ConsentEvent event;  // Without its sealed evidence.
  Timestamp recorded_at;
  EventId leaf;
};

// The append-only ledger of what each person agreed to and refused. Works inside the caller's
// transaction, holds no state but the journal, thread-safe.
//
// A denial without a contact binds the record's profile only. Who stores one also suppresses the
// contact points of the record (suppression.h), so that whoever else holds them is bound too.
class Ledger {
 public:
  static constexpr std::chrono::minutes kClockSkewMax{5};
  static constexpr std::size_t kBatchMax = 100'000;

  // `journal` must outlive the ledger.
  explicit Ledger(Journal& journal) : journal_(journal) {}

  // The ids among `events` that are stored already. A batch is sealed without these: the rows of a
  // leaf are exactly those that it brought.
  std::vector<EventId> known(Tx& tx, std::span<const ConsentEvent> events) const;

  // Stores the events under `leaf`, a batch leaf of this transaction that seals them with others:
  // BatchRow{"consent_event", id, row_hash()} at positions[i]. Known ones and those of erased
  // records are passed over. Answers how many were new, and tells the change feed of them.
  // kInvalid   one has no purpose, an unknown channel, lies more than kClockSkewMax ahead, or the
  //            leaf is not of this transaction.
  // kTooLarge  more than kBatchMax.
  Result<std::size_t> store(Tx& tx, EventId leaf, std::span<const ConsentEvent> events,
                            std::span<const std::int32_t> positions) const;

  // One statement with a leaf of its own (CONSENT_RECORDED, for a denial CONSENT_WITHDRAWN).
  // Saying the same again changes nothing and writes no leaf.
  // kNotFound  the record does not exist or is erased; the two are not told apart.
  // kInvalid   as store().
  Result<Recorded> record(Tx& tx, const Act& act, const ConsentEvent& event) const;
  // The consent to `channel`, or (0) to the purpose, is taken back. Errors as record().
  Result<Recorded> withdraw(Tx& tx, const Act& act, const Statement& statement) const;
  // "Leave me alone": of a channel, or (0) of the purpose altogether. When the contact is known to
  // suppression.h it is suppressed too. Errors as record().
  Result<Recorded> object(Tx& tx, const Act& act, const Statement& statement) const;

  // What had been said by `as_of`, as far as it was known at `known_at`, oldest first. Leaves one
  // RECORD_READ with the number of rows. kNotFound as record().
  Result<std::vector<LedgerRow>> history(Tx& tx, const Act& act, RecordId record, Timestamp as_of,
                                         Timestamp known_at) const;

 private:
  Journal& journal_;
};

}  // namespace assent
