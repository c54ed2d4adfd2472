#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consent/vocabulary.h"
#include "core/bytes.h"
#include "core/clock.h"

// What a decision is made from. Facts are pseudonymous by construction: there is no field for a
// name, an address or a number, so they may be hashed, logged with a decision and handed to an
// auditor. A value that is unknown is empty or kUnknown, and a check that needs it denies.
namespace assent {

// When something was said. Where only the day is known, its midnight (UTC).
struct Moment {
  Timestamp at;
  Moment(Timestamp instant) : at(instant) {}
  Moment(Date day) : at(midnight_utc(day)) {}
  Date day() const { return utc_date(at); }
  friend auto operator<=>(const Moment&, const Moment&) = default;
};

struct Subject {
  Country country;
  std::string region;  // Part of a federal country, e.g. a state's letters; empty = unknown.
  Country citizenship;
  std::optional<int> age;
  std::optional<Date> age_changes_on;  // First day on which `age` is one more, when known.
  bool parental_consent = false;
  bool legal_person = false;
  std::optional<bool> special_category;
  std::optional<bool> child_directed;
  friend bool operator==(const Subject&, const Subject&) = default;
};

// One record of the consent ledger, as the gate sees it.
struct Consent {
  ConsentKey key = ConsentKey::kUnknown;
  Purpose purpose = Purpose::kUnknown;
  Channel channel = Channel::kUnknown;  // kUnknown where the key has no channel.
  std::string recipient;                // For kDisclosure: whom the person named.
  ConsentState state = ConsentState::kNever;
  std::optional<Moment> given_at;  // Of the act this record tells of, a withdrawal included.
  std::optional<Date> expires_at;  // Valid through this day.
  std::optional<bool> separate;    // A document of its own.
  std::optional<bool> evidence;
  bool conditional = false;
  bool pre_ticked = false;
  bool bundled = false;
  bool lifts_suppression =
      false;  // Given by the verified holder after a denial (decisions.md 13c).
  friend bool operator==(const Consent&, const Consent&) = default;
};

// A denial that is in force; without a date it can never be lifted.
struct Denial {
  std::optional<Moment> at;
  friend bool operator==(const Denial&, const Denial&) = default;
};
struct Suppression {
  Channel channel = Channel::kUnknown;  // kUnknown binds every channel.
  std::optional<Moment> at;
  friend bool operator==(const Suppression&, const Suppression&) = default;
};

struct Flags {
  bool erased = false;
  bool legal_hold_only = false;  // Erased but for what a legal hold keeps.
  std::string restriction;  // The kind, as policies name it in gate.restriction_flag; or empty.
  bool termination_demand = false;
  std::optional<Denial> objection_dm;
  bool objection_pending = false;
  bool optout_sale = false;
  bool gpc = false;  // Global Privacy Control.
  bool limit_sensitive = false;
  bool retention_expired = false;
  bool notice_missing = false;
  bool unrecognised = false;  // The source holds a flag nobody knows: denies.
  friend bool operator==(const Flags&, const Flags&) = default;
};

struct Recipient {
  RecipientRole role = RecipientRole::kUnknown;
  std::string id;
  Country country;
  std::vector<std::string> contracts;  // Kinds in force, as policies name them.
  std::string transfer_tool;
  bool transfer_assessed = false;    // The assessment that goes with the tool is done.
  bool framework_certified = false;  // Certified under the framework a policy names.
  TransferNotice notice = TransferNotice::kNone;
  friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct Message {
  std::optional<bool> sender_identified;
  std::optional<bool> unsubscribe;  // A working way to stop.
  std::optional<bool> postal_address;
  std::optional<bool> honest;
  // Minutes after midnight at the person's place; empty = the decision is not about a moment.
  std::optional<int> local_minutes;
  friend bool operator==(const Message&, const Message&) = default;
};

struct Facts {
  std::vector<std::string> jurisdictions;  // Codes as policies name them; empty denies.
  Date as_of;
  Subject subject;
  Purpose purpose = Purpose::kUnknown;
  Channel channel = Channel::kUnknown;
  std::string platform;
  Basis basis = Basis::kNone;
  std::vector<Consent> consents;
  SoftOptIn soft;
  Flags flags;
  std::vector<Suppression> suppressions;
  std::optional<bool> dnc_national;
  bool established_relationship = false;
  Recipient recipient;
  Country db_country;
  Message message;
  friend bool operator==(const Facts&, const Facts&) = default;
};

// The canonical bytes of `facts` and their SHA-256. Format (assent.facts.v1): the label and a NUL,
// then every field in the order of the structs above; enums and bools one byte, an optional one
// byte of presence before its value, dates int32 days since 1970 (big-endian), a moment as its day,
// and unless that is its midnight with 2 for the presence and its microsecond of the day (uint64)
// after it, ages uint32, texts
// uint16 length and bytes, lists uint16 count and their elements sorted by their bytes. So the
// order of a list does not change the hash, and any other change does. Throws std::length_error on
// a text or list longer than 65,535.
Bytes encode(const Facts& facts);
Hash32 facts_hash(const Facts& facts);

}  // namespace assent
