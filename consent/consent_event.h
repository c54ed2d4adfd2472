#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "audit/event.h"
#include "core/bytes.h"
#include "core/clock.h"
#include "core/id.h"

// One thing a person said about a purpose, a channel and a contact point. Vocabulary: data without
// behaviour. Pseudonymous: the contact point is a tag, the evidence is sealed.
namespace assent {

// The numbers stand in the database and in row hashes and never change.
enum class ConsentAction : std::uint8_t {
  kRequest = 0,  // Asked for, not confirmed: pending.
  kGive = 1,
  kRenew = 2,
  kRefuse = 3,
  kWithdraw = 4,
  kObject = 5,
  kExpire = 6,
  kInvalidate = 7
};
enum class ConsentMethod : std::uint8_t {
  kUnknown = 0,
  kWebForm = 1,
  kApp = 2,
  kPaper = 3,
  kCall = 4,
  kInStore = 5,
  kDoubleOptIn = 6,
  kOneClick = 7,
  kApi = 8,
  kImported = 9
};
// Claimed: somebody says that the person said so. It does not pass where the law wants proof.
enum class EvidenceKind : std::uint8_t { kNone = 0, kClaimed = 1, kProven = 2 };

struct ConsentEvent {
  RecordId record;
  EventId id;  // derive_event_id(); a repeat of the same statement has the same id.
  PurposeCode purpose = PurposeCode::kNone;
  std::uint8_t channel = 0;      // Channel of vocabulary.h; 0 = the purpose as a whole.
  std::optional<Tag16> contact;  // None: a denial binds every contact point of the record, a
                                 // consent those that the record itself holds.
  ConsentAction action = ConsentAction::kRequest;
  Timestamp effective_at;  // When the person said it, not when it reached us.
  std::int16_t source = 0;
  std::optional<Uuid> notice;  // The text that was shown.
  ConsentMethod method = ConsentMethod::kUnknown;
  EvidenceKind evidence = EvidenceKind::kNone;
  bool separate_document = false;  // Of a notice: the notice's word counts.
  bool conditional = false;
  bool pre_ticked = false;
  bool by_verified_holder = false;       // The holder of `contact` was verified to have said it.
  std::optional<Date> expires_on;        // Valid through this day.
  std::optional<Bytes> sealed_evidence;  // seal_evidence() of evidence.h.
  friend bool operator==(const ConsentEvent&, const ConsentEvent&) = default;
};

// refuse, withdraw, object: what a person says to be left alone.
bool is_denial(ConsentAction action);

// The id of a statement: the same (tenant, record, source, key) is the same statement for ever.
// `source_event_key` is the source's own id of it, or a tag of its content; never an address.
EventId derive_event_id(TenantId tenant, RecordId record, std::int16_t source,
                        std::string_view source_event_key);

// SHA-256 over the canonical bytes (assent.consent_event.v1: the label and a NUL, then every field
// in the order of the struct, integers big-endian, an optional one byte of presence before its
// value, the evidence by its SHA-256). Stands in the row and under the leaf of its batch.
Hash32 row_hash(const ConsentEvent& event);

}  // namespace assent
